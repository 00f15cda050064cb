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

/**
 * Says how to ask, to a browser as a page and to programs as JSON: at `/`, `/v1` and `/graphql` without a query. The page loads
 * nothing. Undefined for any other request.
 */
export function homeResponse(request: Request): Response | undefined {
  const { pathname, searchParams, origin } = new URL(request.url)
  if (request.method !== 'GET') return undefined
  const isAsking = pathname === '/graphql' && [...searchParams.keys()].length > 0
  if (!['/', '/v1', '/v1/', '/graphql'].includes(pathname) || isAsking) return undefined
  if (request.headers.get('accept')?.includes('text/html')) {
    // An origin that a client made up must not become markup.
    const safe = /^https?:\/\/[\w.:[\]-]+$/.test(origin) ? origin : ''
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" }
    return new Response(PAGE.replace('ORIGIN', safe), { headers })
  }
  return Response.json({ ...ROUTES, example: QUERY })
}
