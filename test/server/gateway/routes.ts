import type { Route } from '../../../packages/server/src/gateway/ports.ts'

/** A route as the gateway's table has it. */
export function routeOf(name: string, kind: Route['kind'] = 'tokens', method = 'POST'): Route {
  const body = /^(?:audio\/tr|files$)/.test(name) ? 'multipart' : method === 'GET' ? 'none' : 'json'
  return { name, method, kind, body, dialect: name.startsWith('messages') ? 'anthropic' : 'openai' }
}
