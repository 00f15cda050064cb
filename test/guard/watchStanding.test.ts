import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { parseAddress, parseDigest } from '../../src/core/hex.ts'
import type { GuardGate } from '../../src/guard/judgeModel.ts'
import type { OpenedModel } from '../../src/guard/openGuarded.ts'
import { StateFolder } from '../../src/guard/stateFolder.ts'
import { watchStanding } from '../../src/guard/watchStanding.ts'

describe('watchStanding', function () {
  it('does not take a node for one that follows the chain that shows the same block each time', async function () {
    const home = mkdtempSync(join(tmpdir(), 'stemma-standing-'))
    const address = parseAddress(`0x${'44'.repeat(20)}`)
    const opened = { reference: './a', digest: parseDigest(`0x${'11'.repeat(32)}`), tensors: null } as OpenedModel
    let asked = 0
    try {
      const gate = {
        deployment: { chainId: 1n, contracts: { reviewGate: address, loadCheck: address, ledger: address } },
        // It says the same number each time, and nothing else.
        ledger: () => Promise.resolve({ provider: { getBlockNumber: () => Promise.resolve(7) } }),
        question: { uses: ['host'], policy: {}, trusted: [], own: [], now: 0 },
        folder: new StateFolder(join(home, 'state')),
        now: () => 1_800_000_000,
        maxClearanceAge: 0,
      } as unknown as GuardGate
      // Nothing was loaded at the first look, so that one succeeds.
      const models = (): OpenedModel[] => (asked++ === 0 ? [] : [opened])
      const { signal } = new AbortController()
      const end = await watchStanding(gate, models, { signal, pollMilliseconds: 1, againMilliseconds: 1 })
      expect(end).to.include({ kind: 'unreachable' })
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})
