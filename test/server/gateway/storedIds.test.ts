import { expect } from 'chai'

import { createIdTap, referencesIn } from '../../../packages/server/src/gateway/storedIds.ts'

describe('references to stored objects', function () {
  for (const [what, body, ids] of [
    ['none', '{"model":"m","input":[{"role":"user","content":"file_id"}],"metadata":{"id":"x"}}', []],
    ['a response', '{"previous_response_id":"resp_1"}', ['resp_1']],
    ['a name with an escape', '{"previous\\u005fresponse_id":"resp_1"}', ['resp_1']],
    ['a value with an escape', '{"previous_response_id":"resp\\u005f1"}', ['resp_1']],
    ['both of a name that stands twice', '{"input":[{"file_id":"other","file_id":"mine"}]}', ['other', 'mine']],
    ['a name in capitals', '{"input":[{"File_ID" : "other"}]}', ['other']],
    ['a name with a long s', '{"file_id\u017f":["other"]}', ['other']],
    ['lists', '{"tools":[{"vector_store_ids":["a",["b"]]}]}', ['a', 'b']],
    ['an object with an id', '{"conversation":{"id":"c","id":"d"}}', ['c', 'd']],
    ['what stands in an object of a reference', '{"container":{"type":"auto","file_ids":["f"]}}', ['f']],
    ['an item', '{"input":[{"id":"msg_1","type":"item_reference"},{"type":"message","id":"x"}]}', ['msg_1']],
    ['an item by an escaped type', '{"input":[{"type":"item\\u005freference","id":"msg_1"}]}', ['msg_1']],
    ['an item without a type', '{"input":[{"role":"user","content":"x","id":"mine"},{"id":"msg_1"}]}', ['msg_1']],
    ['an item whose type is null', '{"input":[ {"type":null,"id":"msg_1"}]}', ['msg_1']],
    ['an item with two types', '{"input":[{"type":"message","id":"msg_1","type":null}]}', ['msg_1']],
    [
      'reasoning without its content',
      '{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null},{"type":"reasoning","id":"rs_2","encrypted_content":"gA"}]}',
      ['rs_1'],
    ],
    ['no ids of tools, schemas and metadata', '{"input":[],"metadata":{"id":"x"},"tools":[{"input":{"id":"y"}}]}', []],
    ['a stored prompt', '{"prompt":{"version":"1","id":"pmpt_1","variables":{"id":"x"}}}', ['pmpt_1']],
    ['no prompt that is a text', '{"id":"x","prompt":"text","a":{"prompt":{"id":"y"}}}', []],
    ['texts that look like names', '{"a":["file_id","x"],"b":"{\\"file_id\\":\\"x\\"}"}', []],
  ] as const) {
    it(`are found: ${what}`, function () {
      expect(referencesIn(Buffer.from(body))).to.deep.equal(ids)
    })
  }

  it('are owned by who got them in an answer, whole or in a stream: the response, its items, and files', function () {
    const whole = createIdTap(false)
    whole.push(Buffer.from('{"id":"resp_1","output":[{"id":"rs_1"},{"id":"msg_1"}],"error_file_id":"f"}'))
    expect(whole.ids()).to.deep.equal(['resp_1', 'f', 'rs_1', 'msg_1'])
    const stream = createIdTap(true)
    const events = [
      { type: 'response.created', response: { id: 'resp_1', instructions: 'x'.repeat(100_000) } },
      { type: 'response.output_item.added', item: { id: 'msg_1' } },
      { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'hi' },
    ]
    for (const event of events) stream.push(Buffer.from(`event: x\r\ndata: ${JSON.stringify(event)}\r\n\r\n`))
    expect(stream.ids()).to.deep.equal(['resp_1', 'msg_1'])
  })
})
