import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../src/version.js'

/** The project's folder. */
export const root = fileURLToPath(packageFolder)

/** Where `npm test` compiles the project to, below that folder. */
export const compiledFolder = 'dist-test'

/** Node's arguments to run one of the project's files: as compiled where the test itself was compiled, else by tsx. */
export function nodeArguments (source: string): string[] {
  if (import.meta.url.endsWith('.ts')) return ['--import', 'tsx', join(root, source)]
  return ['--enable-source-maps', join(root, compiledFolder, source.replace(/\.ts$/, '.js'))]
}
