/** A module of `src`, as the package ships it: compiled, so that what is measured does not compile it each time. */
export async function built<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/src/${path}.js`, import.meta.url).href)) as Module
}
