import { expect } from 'chai'

import { faultsIn } from '../../tools/check-english.ts'

const found = (path: string, text: string) => faultsIn(path, text).map(({ line, found: words }) => `${line}: ${words}`)

describe('check of English', function () {
  it('finds a phrase in prose, comments and messages, with its line', function () {
    expect(found('docs/page.md', 'A page.\nWhoever reads an uri is told for ever.')).to.deep.equal([
      '2: Whoever',
      '2: an uri',
      '2: told',
      '2: for ever',
    ])
    expect(found('src/a.ts', 'throw new Error(`"${value}" is no duration.`)')).to.deep.equal(['1: is no duration.`)'])
    expect(found('contracts/A.sol', '/// @dev The owner, of whom nothing is built anew.')).to.deep.equal([
      '1: of whom',
      '1: anew',
    ])
  })

  it('finds a phrase that a comment wraps', function () {
    expect(found('src/a.ts', '/**\n * This is\n * no digest.\n */')).to.deep.equal(['2: is no digest.'])
    expect(found('contracts/A.sol', '    // It is\n    // no address.')).to.deep.equal(['1: is no address.'])
  })

  it('leaves good English alone', function () {
    for (const text of ['There is no pause to end.', 'It is no longer offered.', 'Use a URI.', 'whenever', 'forever']) {
      expect(found('docs/page.md', text), text).to.deep.equal([])
    }
  })

  it('finds names that a file declares, and not those of others that it uses', function () {
    expect(found('src/a.ts', 'const seen = new Set()\nseen.add(1)')).to.deep.equal(['1: seen'])
    expect(found('src/a.ts', 'export function f(solid: number, { a, ...rest }: T) {}')).to.deep.equal([
      '1: solid',
      '1: rest',
    ])
    expect(found('src/a.ts', 'type Lazy<T> = { shown: T }')).to.deep.equal(['1: Lazy', '1: shown'])
    expect(found('src/a.ts', 'client.rest.get({ say: 1 })')).to.deep.equal([])
  })

  it('finds a file that has such a name', function () {
    expect(found('src/cli/shown.ts', 'export const a = 1')).to.deep.equal(['1: shown'])
  })

  it('leaves the words of others alone', function () {
    expect(found('examples/models/card/README.md', 'Whoever uses this model')).to.deep.equal([])
  })
})
