import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const outDir = fileURLToPath(new URL('../dist/web/', import.meta.url))
const compressible = /\.(?:css|geojson|html|js|mjs|svg|txt)$/
// Below this, a packet is sent either way.
const minBytes = 1000

if (await newestChange([root, fileURLToPath(new URL('../package-lock.json', import.meta.url))]) > await newestChange([join(outDir, 'index.html')])) {
  await buildPage()
}

/** Builds the page into dist/web, and every file a second and third time, compressed as far as it goes. */
async function buildPage (): Promise<void> {
  await build({
    root,
    base: './',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      // An image in a style sheet or a page would need a policy that allows it.
      assetsInlineLimit: 0,
      // MapLibre alone is more; it is loaded by itself, after the rest.
      chunkSizeWarningLimit: 1200,
      license: { fileName: 'assets/licences.txt' },
      target: 'es2022',
    },
  })
  for (const entry of await readdir(outDir, { recursive: true })) {
    if (compressible.test(entry)) await compress(join(outDir, entry))
  }
}

async function compress (file: string): Promise<void> {
  const bytes = await readFile(file)
  if (bytes.length < minBytes) return
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes))
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
}

/** The time of the latest change of these files and of all within these folders; 0 where one is missing. */
async function newestChange (paths: readonly string[]): Promise<number> {
  const times = await Promise.all(paths.map(async path => {
    const facts = await stat(path).catch(() => undefined)
    if (facts === undefined || !facts.isDirectory()) return facts?.mtimeMs ?? 0
    return await newestChange((await readdir(path)).map(name => join(path, name)))
  }))
  return Math.max(...times)
}
