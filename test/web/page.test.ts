import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import t from 'tap'
import type { Page } from 'playwright-core'
import { writeDays } from '../../demo/days.js'
import { makeRegister, nextDay } from '../../demo/register.js'
import { follow } from '../history/days.js'
import { startService, makeFolder } from '../helpers/service.js'
import { noBrowser, startBrowser, visit } from './browser.js'

const size = 600

/** The figure under a heading of the totals. */
const figure = (page: Page, term: string) => page.locator('.panel-totals .figure', { hasText: term }).locator('dd')
const bars = (page: Page, filter: string) => page.locator(`.panel-${filter} .bar`)
const queryOf = (page: Page) => new URL(page.url()).search

t.test('the page in a browser', { skip: noBrowser, timeout: 240_000 }, async t => {
  const folder = await makeFolder(t)
  const register = makeRegister({ size })
  const last = await writeDays({ store: join(folder, 'snapshots'), register, from: '2026-01-01', days: 12 })
  const service = await startService(t, { folder })
  await follow(service)
  const browser = await startBrowser(t)
  const total = Number((await service.get('/aggregates')).json.data[0].smallholders)
  const written = total.toLocaleString('en-MY')

  t.test('shows the totals, the charts, the map, the trend, what changed and the table, and complains of nothing', async t => {
    const { page, complaints, close } = await visit(browser, service.url, '/')
    await figure(page, 'Plots').getByText(written).waitFor()
    const states = (await service.get('/aggregates/states')).json.data.length
    await bars(page, 'state').nth(states - 1).waitFor()
    t.equal(await bars(page, 'state').count(), states)
    await page.locator('.panel-map canvas').waitFor()
    await page.locator('.panel-map .map-frame[aria-busy=false]').waitFor()
    await page.locator('.panel-trend canvas').waitFor()
    await page.locator('.panel-changes .figures').waitFor()
    t.equal(await page.locator('.panel-plots tbody tr').count(), 10)
    t.strictSame(complaints, [])
    await close()
  })

  t.test('filters when a bar is chosen; the address says so, can be shared, and back takes it away', async t => {
    const { page, complaints, close } = await visit(browser, service.url, '/')
    await page.locator('.panel-state .bar', { hasText: 'Johor' }).click()
    const johor = Number((await service.get('/aggregates?state=1')).json.data[0].smallholders)
    await figure(page, 'Plots').getByText(johor.toLocaleString('en-MY'), { exact: true }).waitFor()
    t.equal(queryOf(page), '?state=1')
    const other = await visit(browser, page.url(), '')
    await figure(other.page, 'Plots').getByText(johor.toLocaleString('en-MY'), { exact: true }).waitFor()
    t.equal(await other.page.locator('.panel-state .bar[aria-pressed=true]').count(), 1)
    await other.close()
    await page.goBack()
    await figure(page, 'Plots').getByText(written, { exact: true }).waitFor()
    await page.goForward()
    await figure(page, 'Plots').getByText(johor.toLocaleString('en-MY'), { exact: true }).waitFor()
    t.strictSame(complaints, [])
    await close()
  })

  t.test('pages and sorts the table as the API does', async t => {
    const { page, close } = await visit(browser, service.url, '/?scheme=FELDA')
    await page.getByRole('button', { name: 'Sort by Planted ha' }).click()
    await page.getByRole('button', { name: 'Next page' }).click()
    const { json } = await service.get('/smallholders?scheme=FELDA&sort=planted_area&page=2')
    await page.locator('.panel-plots tbody tr', { hasText: json.data[0].name }).first().waitFor()
    t.match(await page.locator('.panel-plots tbody tr').allInnerTexts(), json.data.map(({ name }: { name: string }) => new RegExp(name.replaceAll(/[^A-Z ]/g, '.'))))
    await close()
  })

  t.test('downloads the CSV that the API gives', async t => {
    const { page, close } = await visit(browser, service.url, '/?cert_status=EXPIRED')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()])
    t.equal(await readFile(await download.path(), 'utf8'), (await service.get('/smallholders?cert_status=EXPIRED&format=csv')).text)
    await close()
  })

  t.test('shows another day, and the card of a plot with its history', async t => {
    const { page, complaints, close } = await visit(browser, service.url, '/')
    await page.getByLabel('Day', { exact: true }).selectOption('2026-01-03')
    const there = Number((await service.get('/aggregates?snapshot=2026-01-03')).json.data[0].smallholders)
    await figure(page, 'Plots').getByText(there.toLocaleString('en-MY'), { exact: true }).waitFor()
    await page.locator('.panel-plots tbody button').first().click()
    await page.locator('dialog .versions li').first().waitFor()
    t.match(queryOf(page), /snapshot=2026-01-03&plot=\d+/)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    t.strictSame(complaints, [])
    await close()
  })

  t.test('shows the day that is clicked in the trend', async t => {
    const { page, close } = await visit(browser, service.url, '/')
    await page.locator('.panel-trend .u-over').click({ position: { x: 5, y: 40 } })
    await page.waitForURL(/snapshot=2026-01-01/)
    t.equal(await page.getByLabel('Day', { exact: true }).inputValue(), '2026-01-01')
    await close()
  })

  t.test('can be used with the keyboard alone', async t => {
    const { page, close } = await visit(browser, service.url, '/')
    await bars(page, 'state').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    t.equal(await page.evaluate('document.activeElement.id'), 'results', 'the first key leads past the filters')
    const bar = bars(page, 'scheme').first()
    await bar.focus()
    await page.keyboard.press('Space')
    await page.locator('.panel-scheme .bar[aria-pressed=true]').waitFor()
    t.match(queryOf(page), /scheme=/)
    await close()
  })

  for (const [name, options] of Object.entries({
    'a desktop': {},
    'a desktop in the dark': { colorScheme: 'dark' as const },
    'a phone': { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  })) {
    t.test(`is accessible on ${name}, in English and Malay, and nothing is wider than the screen`, async t => {
      for (const language of ['en', 'ms']) {
        const { page, close } = await visit(browser, service.url, `/?lang=${language}`, { ...options, bypassCSP: true })
        await bars(page, 'state').first().waitFor()
        await page.locator('.panel-changes .figures').waitFor()
        await page.locator('.panel-plots tbody tr').first().waitFor()
        t.equal(await page.evaluate('document.documentElement.lang'), language)
        await page.evaluate(axe.source)
        const violations: unknown = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]))')
        t.strictSame(violations, [])
        t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
        await close()
      }
    })
  }

  t.test('says what is wrong: a day that is not there, nothing that matches, a service that is gone', async t => {
    const absent = await visit(browser, service.url, '/?snapshot=2020-01-01')
    await absent.page.getByText('There is no snapshot of that day.').waitFor()
    await absent.page.getByRole('button', { name: 'Show the latest day' }).click()
    await figure(absent.page, 'Plots').getByText(written, { exact: true }).waitFor()
    await absent.page.getByLabel('Text', { exact: true }).fill('nobody is called so')
    await absent.page.getByText('No plot matches these filters.').first().waitFor()
    await absent.page.context().setOffline(true)
    await absent.page.getByLabel('Text', { exact: true }).fill('benu')
    await absent.page.getByText('The service cannot be reached.').first().waitFor()
    await absent.page.context().setOffline(false)
    t.pass()
    await absent.close()
  })

  t.test('goes on while a new day is ingested under its feet', async t => {
    const { page, complaints, close } = await visit(browser, service.url, '/?state=1')
    await bars(page, 'state').first().waitFor()
    service.upstream.setRecords(nextDay(last, { date: '2026-01-13' }))
    t.equal((await service.ingest()).status, 201)
    const johor = Number((await service.get('/aggregates?state=1')).json.data[0].smallholders)
    await page.reload()
    await figure(page, 'Plots').getByText(johor.toLocaleString('en-MY'), { exact: true }).waitFor()
    await page.locator('.panel-changes .figures').waitFor()
    t.strictSame(complaints, [])
    await close()
  })
})

t.test('before the first ingest the page says what to do, and shows the data as soon as it is there', { skip: noBrowser, timeout: 120_000 }, async t => {
  const service = await startService(t, { records: makeRegister({ size: 50 }) })
  const browser = await startBrowser(t)
  const { page, complaints, close } = await visit(browser, service.url, '/')
  await page.getByText('There is no data yet').waitFor()
  t.equal((await service.ingest()).status, 201)
  await page.locator('.panel-totals .figure').first().waitFor()
  t.strictSame(complaints, [])
  await close()
})
