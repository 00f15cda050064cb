/** Longest Git LFS pointer, in bytes, by its specification. */
export const MAX_LFS_POINTER_BYTES = 1024

/**
 * Whether a file is a Git LFS pointer: the few lines that a clone without Git LFS has in place of a large file.
 *
 * @param bytes the whole file
 */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_LFS_POINTER_BYTES) return false
  const text = new TextDecoder().decode(bytes)
  return (
    /^version (https:\/\/(git-lfs|hawser)\.github\.com\/spec\/v1|http:\/\/git-media\.io\/v\/2)\s*\n/.test(text) &&
    /^oid /m.test(text)
  )
}
