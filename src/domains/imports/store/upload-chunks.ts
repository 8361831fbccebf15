import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const APPEND_CHUNK = statement('imports_append_chunk', 'insert into upload_chunk (blob_id, start_byte, data) values ($1, $2, $3)')

const READ_CHUNK = statement(
  'imports_read_chunk',
  'select start_byte as "startByte", data from upload_chunk where blob_id = $1 and start_byte <= $2 order by start_byte desc limit 1',
)

const DELETE_CHUNKS = statement('imports_delete_chunks', 'delete from upload_chunk where blob_id = $1')

/** Content of uploads in the database, a chunk a row. */
export async function appendChunk(executor: Executor, blobId: string, startByte: number, data: Buffer): Promise<void> {
  await executor.run(APPEND_CHUNK, [blobId, startByte, data])
}

/** The chunk that holds this byte, cut to start with it; empty beyond the end. */
export async function readChunk(executor: Executor, blobId: string, fromByte: number): Promise<Buffer> {
  const [chunk] = await executor.run<{ startByte: number; data: Buffer }>(READ_CHUNK, [blobId, fromByte])
  return chunk ? chunk.data.subarray(fromByte - chunk.startByte) : Buffer.alloc(0)
}

export async function deleteChunks(executor: Executor, blobId: string): Promise<void> {
  await executor.run(DELETE_CHUNKS, [blobId])
}
