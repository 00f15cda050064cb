/** Compares the tests that docs/threat-model.md names with those that a run reports as passed. */

/** A test that the threat model names. A title is as in the source, so `${…}` stands for any text. */
export type NamedTest = { path: string; title: string }

/** The tests that a page names in lines such as "- `test/x.test.ts`: does something". */
export function namedTests(markdown: string): NamedTest[] {
  return Array.from(markdown.matchAll(/^- `([^`]+)`: (.+)$/gm), ([, path, title]) => ({ path: path!, title: title! }))
}

/** The titles of the passed tests in what mocha and Hardhat print, without durations, runs and parameters. */
export function passedTitles(printed: string): Set<string> {
  const titles = new Set<string>()
  for (const [, text] of printed.matchAll(/^\s*[✔√] (.+?)\s*$/gm)) {
    titles.add(text!.replace(/ \(\d+ms\)$/, '').replace(/^(\w+)\([^ ]*\)( \(.*\))?$/, '$1'))
  }
  return titles
}

/** The named tests that are not among the passed ones: skipped, filtered out, or gone. */
export function notRun(markdown: string, printed: string): NamedTest[] {
  const passed = [...passedTitles(printed)]
  const exact = new Set(passed)
  return namedTests(markdown).filter(({ title }) => {
    if (!title.includes('${')) return !exact.has(title)
    const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const pattern = new RegExp(`^${parts.join('.*')}$`)
    return !passed.some((each) => pattern.test(each))
  })
}
