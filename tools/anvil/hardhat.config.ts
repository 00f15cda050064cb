import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { defineConfig } from 'hardhat/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'

import base from '../../hardhat.config.ts'

const SENDS = new Set(['eth_sendTransaction', 'eth_sendRawTransaction'])

/**
 * Tests expect Hardhat's node, which answers a transaction once its block is there. Anvil answers earlier and mines when it gets to
 * it. So the tests' anvils (test/fixtures/chain.ts) mine on request.
 */
const mineAtOnce: HardhatPlugin = {
  id: 'stemma-mine-at-once',
  hookHandlers: {
    network: async () => ({
      default: async () => ({
        async onRequest(context, connection, request, next) {
          const response = await next(context, connection, request)
          if (!SENDS.has(request.method) || !('result' in response)) return response
          const mined = await next(context, connection, { ...request, method: 'evm_mine', params: [] })
          return 'error' in mined ? mined : response
        },
      }),
    }),
  },
}

// Ignition would resume a deployment to the chain of an earlier run.
const ignition = mkdtempSync(join(tmpdir(), 'stemma-anvil-'))
process.once('exit', () => rmSync(ignition, { recursive: true, force: true }))

/** The tests' configuration for chains of anvil (test/fixtures/chain.ts). */
export default defineConfig({
  ...base,
  plugins: [...(base.plugins ?? []), mineAtOnce],
  paths: { ignition },
  // Otherwise it would wait for more blocks, which nobody mines.
  ignition: { requiredConfirmations: 1, blockPollingInterval: 20 },
})
