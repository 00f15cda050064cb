import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { callOfBatch } from '../../../../packages/server/src/gateway/callOfBatch.ts'
import { meterOf } from '../../../../packages/server/src/gateway/meter/meterOf.ts'
import type { Usage } from '../../../../packages/server/src/gateway/ports.ts'
import { routeOf } from '../routes.ts'

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, counted: 'reported' }
const FACTS = { stream: false, inputTokens: 0, addedUsage: false }

function usageOf(batch: object, status = 200, route = 'batches/:id', headers: object = {}): Usage {
  const bytes = Buffer.from(JSON.stringify(batch))
  const meter = meterOf(routeOf(route, 'plain', 'GET'), FACTS, status, {
    'content-type': 'application/json',
    ...headers,
  })
  meter.push('content-encoding' in headers ? gzipSync(bytes) : bytes)
  meter.end()
  return meter.usage()
}

describe('the usage of a batch', function () {
  const batch = {
    id: 'batch_1',
    object: 'batch',
    endpoint: '/v1/responses',
    status: 'completed',
    created_at: 1_764_400_000,
    output_file_id: 'file-2',
    request_counts: { total: 12, completed: 10, failed: 2 },
    usage: { input_tokens: 1000, input_tokens_details: { cached_tokens: 10 }, output_tokens: 500, total_tokens: 1500 },
  }
  const ended = { id: 'batch_1', createdAt: 1_764_400_000 }

  it('is what the batch reports when it has ended', function () {
    for (const status of ['completed', 'expired', 'cancelled']) {
      for (const route of ['batches/:id', 'batches/:id/cancel']) {
        const usage = usageOf({ ...batch, status }, 200, route)
        expect(usage).to.deep.equal({ inputTokens: 1000, outputTokens: 500, counted: 'reported', batch: ended })
      }
    }
    expect(usageOf(batch, 200, 'batches/:id', { 'content-encoding': 'gzip' }).batch).to.deep.equal(ended)
  })

  it('is an estimate of 1,000 tokens a request where none is reported, or zeros are', function () {
    const zeros = { input_tokens: 0, output_tokens: 0, total_tokens: 0 }
    for (const usage of [undefined, null, zeros, { input_tokens: -4 }]) {
      const expected = { inputTokens: 5000, outputTokens: 5000, counted: 'estimated', batch: ended }
      expect(usageOf({ ...batch, usage })).to.deep.equal(expected)
    }
    const many = usageOf({ ...batch, usage: null, request_counts: { completed: 2 ** 50 } })
    expect([many.inputTokens, many.outputTokens]).to.deep.equal([4_294_967_295, 4_294_967_295])
    const none = { ...batch, usage: zeros, request_counts: { total: 1, completed: 0, failed: 1 } }
    expect(usageOf(none)).to.deep.equal({ ...NOTHING, batch: ended })
  })

  it('is nothing before the batch has ended, and of other answers', function () {
    for (const status of ['validating', 'in_progress', 'finalizing', 'cancelling', 'failed']) {
      expect(usageOf({ ...batch, status }), status).to.deep.equal(NOTHING)
    }
    expect(usageOf({ object: 'list', data: [batch] })).to.deep.equal(NOTHING)
    expect(usageOf({ ...batch, id: 5 })).to.deep.equal(NOTHING)
    expect(usageOf(batch, 404)).to.deep.equal(NOTHING)
    expect(usageOf([batch])).to.deep.equal(NOTHING)
  })

  it('counts under one call id, a UUID of version 7 of the time of the batch', function () {
    const id = callOfBatch(ended)
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).to.equal(1_764_400_000_000)
    expect(callOfBatch({ ...ended })).to.equal(id)
    expect(callOfBatch({ ...ended, id: 'batch_2' })).not.to.equal(id)
  })
})
