import { readFileSync } from 'node:fs'

/** This service's version, from the nearest package.json above. */
export const version: string = readVersion(new URL('.', import.meta.url))

function readVersion (folder: URL): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  } catch {
    // Compiled code lies deeper than its source.
  }
  const parent = new URL('..', folder)
  return parent.href === folder.href ? 'unknown' : readVersion(parent)
}
