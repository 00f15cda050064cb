import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import { id, Interface } from 'ethers'

import { contractReference, linked } from '../../tools/contract-reference.ts'
import { declaredIn, undocumented, type SolcNode } from '../../tools/contract-sources.ts'

const root = join(import.meta.dirname, '../..')

describe('reference of the contracts', function () {
  const { files, faults } = contractReference(root)

  it('finds a comment above everything that others see, and no reference that leads nowhere', function () {
    expect(faults).to.deep.equal([])
  })

  it('has every function, event and error of the interfaces, with its selector or topic', function () {
    for (const name of ['IModelRegistry', 'IPublisherRegistry', 'ILicenseRegistry', 'ILicenseCredential']) {
      const folder = name.endsWith('Credential') || name.startsWith('ILicense') ? 'licensing' : 'registry'
      const artifact = join(root, `artifacts/contracts/${folder}/${name}.sol/${name}.json`)
      const { fragments } = new Interface(JSON.parse(readFileSync(artifact, 'utf8')).abi)
      expect(fragments.length).to.be.greaterThan(10)
      for (const fragment of fragments) {
        const hash = id(fragment.format('sighash'))
        const text = fragment.type === 'event' ? `Topic \`${hash}\`` : `Selector \`${hash.slice(0, 10)}\``
        expect(files.get(`${name}.md`), fragment.format('sighash')).to.contain(text)
      }
    }
  })

  it('links only to headings that are there', function () {
    const headings = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!.toLowerCase())
    let links = 0
    for (const [file, text] of files) {
      for (const [, target, anchor] of text.matchAll(/\]\(((?:\w+\.md)?)(?:#([\w-]+))?\)/g)) {
        const page = files.get(target || file)
        expect(page, `${file} -> ${target}`).to.not.equal(undefined)
        if (anchor) expect(headings(page!), `${file} -> ${target}#${anchor}`).to.include(anchor.replace(/-1$/, ''))
        links += 1
      }
    }
    expect(links).to.be.greaterThan(50)
  })

  it('names a reference in a comment that leads nowhere, and leaves code as it is', function () {
    const links = new Map([
      ['IOther', 'IOther.md'],
      ['IThing.act', 'IThing.md#act'],
      ['Tier', 'Terms.md#tier'],
    ])
    const comment =
      'As {act}, {Tier-open}, {Tier.Open}, {IOther}, {Algebra}, {IOther.gone} and {gone}.\n```\n{gone}\n```'
    const { text, dead } = linked('IThing', comment, links, new Set(['Algebra']))
    expect(text).to.equal(
      'As [`act`](#act), [`Tier.open`](Terms.md#tier), [`Tier.Open`](Terms.md#tier), [`IOther`](IOther.md), `Algebra`, ' +
        '`IOther.gone` and `gone`.\n```\n{gone}\n```\n',
    )
    expect(dead).to.deep.equal(['IOther.gone', 'gone'])
  })

  it('names what has no comment, and only that', function () {
    const text = [
      '/// @dev A thing.',
      'interface IThing {',
      '    /// @dev Emitted.',
      '    event Done();',
      '',
      '    event Bare();',
      '',
      '    /**',
      '     * @dev Does it.',
      '     */',
      '    function act() external;',
      '',
      '    /// @dev Belongs to nothing below.',
      '',
      '    function bare() external;',
      '}',
      'struct Bare {',
      '    uint256 x;',
      '}',
    ].join('\n')
    const node = (nodeType: string, name: string, code: string, more: Partial<SolcNode> = {}): SolcNode => {
      return { nodeType, name, src: `${text.indexOf(code)}:${code.length}:0`, ...more }
    }
    const external = { visibility: 'external', functionSelector: '0badf00d' }
    const nodes = [
      node('ContractDefinition', 'IThing', text.slice(text.indexOf('interface'), text.indexOf('struct') - 1), {
        contractKind: 'interface',
        nodes: [
          node('EventDefinition', 'Done', 'event Done();'),
          node('EventDefinition', 'Bare', 'event Bare();'),
          node('FunctionDefinition', 'act', 'function act() external;', external),
          node('FunctionDefinition', 'bare', 'function bare() external;', external),
        ],
      }),
      node('StructDefinition', 'Bare', 'struct Bare {\n    uint256 x;\n}'),
    ]
    const declared = declaredIn({ path: 'IThing.sol', text, nodes })
    expect(undocumented(declared)).to.deep.equal([
      'IThing.sol: struct Bare',
      'IThing.sol: event IThing.Bare',
      'IThing.sol: function IThing.bare',
    ])
    expect(declared.contracts[0]!.declarations[2]).to.deep.equal({
      kind: 'function',
      name: 'act',
      contract: 'IThing',
      code: 'function act() external;',
      comment: '@dev Does it.',
      selector: '0x0badf00d',
    })
  })
})
