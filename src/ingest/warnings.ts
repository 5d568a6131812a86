import type { SnapshotFacts } from '../../schemas/snapshot.js'

/** One sentence for each thing that is unusual in what upstream sent. */
export function listWarnings ({ rejects, unreadable, converted, quality }: SnapshotFacts): string[] {
  const { coordinates, duplicates, unknownStatuses, unknownColumns, missingColumns } = quality
  const unusual: [count: number, text: string][] = [
    [rejects.length, 'records could not become a row; the file\'s footer keeps them'],
    [unreadable.length, 'values could not be stored in their column; the file\'s footer keeps them'],
    [converted, 'values came with another type and were converted'],
    [duplicates, 'rows have an id that another row has too; the latest of each is served'],
    [coordinates.swapped, 'rows seem to have latitude and longitude exchanged'],
    [coordinates.outside, 'rows lie outside Malaysia'],
    [coordinates.zero, 'rows have a coordinate of 0'],
  ]
  return [
    ...unusual.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`),
    ...Object.entries(unknownStatuses).map(([status, count]) => `${count} rows have the unknown status ${status}`),
    ...unknownColumns.map(column => `the column ${column} is new`),
    ...missingColumns.map(column => `no record has the column ${column}`),
  ]
}
