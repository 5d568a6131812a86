import type { FilterParameters } from '../../schemas/filters.js'
import type { Answer } from '../answers.js'
import type { FoldedDay } from '../history/file.js'
import type { View } from './answers.js'
import { parseChangesQuery } from '../query/changes.js'
import { linkTo } from '../query/links.js'
import type { Reader } from '../query/reader.js'
import { asJson } from '../query/result.js'
import type { Catalog } from '../snapshots/catalog.js'
import { toDate } from '../snapshots/day.js'
import { idOf } from '../snapshots/store.js'

interface Summary {
  added: number
  removed: number
  changed: number
  fields: Record<string, number>
}

const latestDays = 14

/** A JSON Feed (version 1.1, jsonfeed.org) of what the latest days changed, the days that changed nothing left out. */
export async function makeFeed ({ reader, catalog }: { reader: Reader, catalog: Catalog }, { relation, path, parameters }: View, filters: FilterParameters, days: readonly FoldedDay[]): Promise<Answer> {
  const published = new Map(catalog.list().map(({ snapshot, publishedAt }) => [snapshot, publishedAt]))
  const items = []
  for (const [before, to] of pairs(days.slice(-latestDays - 1)).toReversed()) {
    const result = parseChangesQuery(filters, { from: before, to })
    const { total, meta } = await reader.readPage(relation, result, asJson(result), { limit: 0, offset: 0 })
    if (total === 0) continue
    const { added, removed, changed, fields }: Summary = Object(Object(meta).summary)
    const lines = Object.entries(fields).map(([field, count]) => `${field}: ${count} plots`)
    items.push({
      id: `urn:osh-api:changes:${idOf(before)}:${idOf(to)}`,
      url: linkTo('/changes', parameters, { from: idOf(before), to: idOf(to) }),
      title: `${toDate(to.day)}: ${added} plots added, ${removed} removed, ${changed} changed`,
      content_text: [`Since ${toDate(before.day)}: ${added} plots added, ${removed} removed, ${changed} changed.`, ...lines].join('\n'),
      date_published: published.get(idOf(to)) ?? `${toDate(to.day)}T00:00:00.000Z`,
    })
  }
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title: 'Changes in the register of organised palm-oil smallholders',
    description: `What each of the latest ${latestDays} snapshots changed`,
    home_page_url: linkTo('/changes', parameters),
    feed_url: linkTo(path, parameters),
    items,
  }
  return { body: JSON.stringify(feed), headers: { 'content-type': 'application/feed+json; charset=utf-8' }, rows: items.length }
}

/** Each day with the one after it. */
function pairs (days: readonly FoldedDay[]): [FoldedDay, FoldedDay][] {
  return days.slice(1).flatMap((day, index): [FoldedDay, FoldedDay][] => {
    const before = days[index]
    return before === undefined ? [] : [[before, day]]
  })
}
