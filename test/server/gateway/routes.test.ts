import { expect } from 'chai'

import { isRefusal } from '../../../packages/server/src/gateway/ports.ts'
import { dialectOf, findRoute } from '../../../packages/server/src/gateway/routes.ts'

describe('findRoute', function () {
  const found = (method: string, target: string, headers = {}) => findRoute(method, target, headers)

  it('finds what is served, with the id in the path and the query', function () {
    for (const [method, target, name, id] of [
      ['POST', '/v1/chat/completions', 'chat/completions', undefined],
      ['POST', '/v1/messages?beta=true', 'messages', undefined],
      ['GET', '/v1/responses/resp_1?include%5B%5D=file_search_call.results', 'responses/:id', 'resp_1'],
      ['POST', '/v1/responses/resp_1/cancel', 'responses/:id/cancel', 'resp_1'],
      ['GET', '/v1/files/file-1/content', 'files/:id/content', 'file-1'],
      ['GET', '/v1/models/acme%2Fone', 'models/:id', 'acme/one'],
      ['GET', '/v1/models/acme/one', 'models/:id', 'acme/one'],
    ] as const) {
      const route = found(method, target)
      if (isRefusal(route)) throw new Error(`${target}: ${route.code}`)
      expect([route.route.name, route.id, route.path]).to.deep.equal([name, id, target])
    }
  })

  it('takes the dialect of the list of models from the headers', function () {
    for (const [headers, dialect] of [
      [{}, 'openai'],
      [{ 'anthropic-version': '2023-06-01' }, 'anthropic'],
    ] as const) {
      const route = found('GET', '/v1/models', headers)
      expect(isRefusal(route) ? route : route.route.dialect).to.equal(dialect)
    }
  })

  it('refuses each other spelling of a path, and paths that are not in the table', function () {
    for (const target of [
      '/v1/chat/completions/',
      '//v1/chat/completions',
      '/v1//chat/completions',
      '/V1/chat/completions',
      '/v1/Chat/completions',
      '/v1/chat%2fcompletions',
      '/v1/chat/%63ompletions',
      '/v1/./chat/completions',
      '/v1/x/../chat/completions',
      '/v1/chat/completions;a=b',
      '/v1/chat/completions%00',
      '/chat/completions',
      'http://other.example/v1/chat/completions',
      '/v1/batches/..%2ffiles',
      '/v1/responses/../files',
      '/v1/responses/a/b',
      '/v1/files',
      '/v1/images/generations',
      '*',
    ]) {
      const route = found(target === '/v1/files' ? 'GET' : 'POST', target)
      expect(isRefusal(route), target).to.equal(true)
    }
  })

  it('refuses what engines load adapters and show themselves by, with a sentence that says what to do', function () {
    for (const target of [
      '/v1/load_lora_adapter',
      '/v1/unload_lora_adapter',
      '/lora-adapters',
      '/api/generate',
      '/api/pull',
      '/slots',
      '/props',
      '/tokenize',
      '/metrics',
      '/LORA-ADAPTERS',
    ]) {
      const route = found('POST', target)
      if (!isRefusal(route)) throw new Error(target)
      expect([route.status, route.code]).to.deep.equal([404, 'path_refused'])
      expect(route.message, target).to.match(/\. (Adapters|The engine's own).*\.$/)
    }
  })

  it('refuses queries that could say more than the path', function () {
    for (const query of [
      'model=other',
      'beta=true&lora=x',
      'limit=1#',
      'limit=/../x',
      'limit=%2e%2e',
      'a',
      'limit=1=2',
      '?',
    ]) {
      const route = found('POST', `/v1/chat/completions?${query}`)
      expect(isRefusal(route) && route.code, query).to.equal('query_refused')
    }
  })

  it('says which methods a path takes', function () {
    const route = found('PUT', '/v1/chat/completions')
    expect(isRefusal(route) && [route.status, route.message]).to.deep.equal([
      405,
      'This path does not take PUT. Use POST.',
    ])
  })

  it('refuses in the dialect that path or headers suggest', function () {
    expect(dialectOf('/v1/messages/batches', {})).to.equal('anthropic')
    expect(dialectOf('/x', { 'x-api-key': 'k' })).to.equal('anthropic')
    expect(dialectOf('/x', { 'x-api-key': 'k', authorization: 'Bearer k' })).to.equal('openai')
  })
})
