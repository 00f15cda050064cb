/**
 * Where the code of a hashing thread is: beside this file, which is a `.ts` in the repository and a `.js` in the package. The bundle of the
 * GitHub Action replaces this module, because it holds that code itself (tools/bundle-action.ts).
 */
export function hashWorkerUrl(): URL {
  return new URL(`./hashWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}
