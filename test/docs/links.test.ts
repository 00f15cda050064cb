import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

describe('links between pages', function () {
  // `docs/reference` is generated, and the generators check its links.
  const pages = globSync('{*.md,docs/**/*.md,examples/*.md,examples/*/README.md,packages/*/README.md}', { cwd: root })
    .filter((page) => !page.startsWith('docs/reference/'))
    .toSorted()

  for (const page of pages) {
    it(`${page} leads only to what is there`, function () {
      for (const link of linksIn(readFileSync(join(root, page), 'utf8'))) {
        expect(leadsTo(join(root, page), link), `${page}: ${link}`).to.equal(true)
      }
    })
  }

  for (const page of pages) {
    it(`${page} names only files that exist`, function () {
      for (const path of pathsIn(readFileSync(join(root, page), 'utf8'))) {
        expect(globSync(path, { cwd: root }), `${page}: ${path}`).to.not.deep.equal([])
      }
    })
  }

  it('are found to be dead when the file or the heading is not there', function () {
    const readme = join(root, 'README.md')
    expect(leadsTo(readme, 'docs/cli.md#exit-codes')).to.equal(true)
    expect(leadsTo(readme, 'docs/cli.md#no-such-heading')).to.equal(false)
    expect(leadsTo(readme, 'docs/no-such-page.md')).to.equal(false)
    expect(pathsIn('`src/a.ts`, `test/**/*.t.sol`, `npm test`, `tools/b.ts --check`, src/c.ts')).to.deep.equal([
      'src/a.ts',
      'test/**/*.t.sol',
      'tools/b.ts',
    ])
  })
})

/** The relative links of a page, except in code. */
function linksIn(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link))
}

/** The files and patterns of this repository that a page names in code. */
function pathsIn(markdown: string): string[] {
  const folders = 'bench|contracts|docs|ignition|packages|scripts|src|test|tools'
  const named = new RegExp(`\`((?:${folders})/[\\w./*{},-]+\\.(?:ts|mjs|sol|md|json))(?: [^\`\n]*)?\``, 'g')
  return [...markdown.matchAll(named)].map(([, path]) => path!)
}

function leadsTo(page: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string | undefined]
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return false
  if (anchor === undefined) return true
  return statSync(target).isFile() && anchorsIn(readFileSync(target, 'utf8')).includes(anchor)
}

/** The anchors of a page's headings and `<a id>` elements, as Markdown hosts make them. */
function anchorsIn(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```$/gm, '')
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return [...headings, ...[...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]
}
