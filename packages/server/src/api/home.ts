import { jsonAnswer, type Answer } from './http/answer.ts'
import type { Exchange } from './http/exchange.ts'

/** What the API serves, by path. */
const ROUTES = {
  graphql: '/graphql',
  rest: '/v1',
  description: '/openapi.json',
  health: '/health',
  ready: '/ready',
  metrics: '/metrics',
} as const

/** A query to begin with. */
const QUERY = '{ ledger { block { number } models(first: 3) { nodes { id name uri status } } } }'

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stemma query API</title>
<h1>Stemma query API</h1>
<p>Send GraphQL to <code>${ROUTES.graphql}</code>:</p>
<p><code>curl -s ORIGIN${ROUTES.graphql} -H 'content-type: application/json' -d '{"query":"${QUERY}"}'</code></p>
<p>Or read REST below <code>${ROUTES.rest}</code>, such as <a href="/v1/status">/v1/status</a> and
<a href="/v1/models?first=3">/v1/models?first=3</a>. All routes: <a href="${ROUTES.description}">${ROUTES.description}</a>.</p>
<p>Operators read <a href="${ROUTES.health}">${ROUTES.health}</a>, <a href="${ROUTES.ready}">${ROUTES.ready}</a> and
<a href="${ROUTES.metrics}">${ROUTES.metrics}</a>.</p>
</html>
`

/** Says how to ask, to a browser as a page and to programs as JSON. The page loads nothing. */
export function homeAnswer({ request }: Exchange): Answer {
  const { origin } = new URL(request.url)
  if (request.headers.get('accept')?.includes('text/html')) {
    // An origin that a client made up must not become markup.
    const safe = /^https?:\/\/[\w.:[\]-]+$/.test(origin) ? origin : ''
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      vary: 'accept',
    }
    return { status: 200, headers, body: PAGE.replace('ORIGIN', safe), lifetime: 'current' }
  }
  return jsonAnswer({ ...ROUTES, example: QUERY }, { lifetime: 'current', headers: { vary: 'accept' } })
}

/** Whether a request is for the page: at `/`, `/v1` and `/graphql` without a query. */
export function isHome(method: string, { pathname, searchParams }: URL): boolean {
  if (pathname === '/graphql') return (method === 'GET' || method === 'HEAD') && searchParams.size === 0
  return ['/', '/v1', '/v1/'].includes(pathname)
}
