import { readFileSync } from 'node:fs'

const { folder, manifest } = findPackage(new URL('.', import.meta.url))

/** The folder of this service's package.json; compiled code lies deeper than its source. */
export const packageFolder: URL = folder

/** This service's version. */
export const version: string = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'

function findPackage (folder: URL): { folder: URL, manifest: unknown } {
  try {
    return { folder, manifest: JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) }
  } catch {
    const parent = new URL('..', folder)
    return parent.href === folder.href ? { folder, manifest: undefined } : findPackage(parent)
  }
}
