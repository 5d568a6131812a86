import { open, type FileHandle } from 'node:fs/promises'
import type { SnapshotStore, StoredSnapshot } from './store.js'

/** Opens exactly that revision's file, to be closed after use; it can be read to its end whatever becomes of its name. */
export async function openSnapshot (store: SnapshotStore, stored: StoredSnapshot): Promise<FileHandle> {
  let file: FileHandle | undefined
  try {
    return await store.read(stored, async path => {
      await file?.close()
      file = await open(path)
      return file
    })
  } catch (error) {
    await file?.close()
    throw error
  }
}
