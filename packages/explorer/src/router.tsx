import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouteComponent,
  type SearchSchemaInput,
} from '@tanstack/react-router'

import {
  actSearch,
  activitySearch,
  mapSearch,
  modelSearch,
  onlyRead,
  overviewSearch,
  pageSearch,
  searchSearch,
  verifySearch,
  type Changes,
  type ReadSearch,
} from './app/address.ts'
import { Frame } from './app/Frame.tsx'
import { HomePage } from './pages/HomePage.tsx'
import { impactSearch } from './pages/impact/search.ts'
import { credentialSearch, licensesSearch, termsSearch } from './pages/license/search.ts'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { reviewsSearch } from './pages/reviews/search.ts'
import { SearchPage } from './pages/SearchPage.tsx'
import { usageSearch } from './pages/usage/search.ts'
import { Failure } from './ui/parts.tsx'

const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFoundPage,
  errorComponent: Failure,
})

/**
 * A page at a path. It gets what its reader of the address returns, and nothing else of the address; links to it may leave out every field.
 */
function page<const Path extends string, Search extends object>(
  path: Path,
  read: ReadSearch<Search>,
  component: RouteComponent,
) {
  return createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: (given: Changes<Search> & SearchSchemaInput) => onlyRead(read, given),
    component,
  })
}

const home = page('/', pageSearch, HomePage)
const search = page('/search', searchSearch, SearchPage)
const model = page(
  '/m/$id',
  modelSearch,
  lazyRouteComponent(() => import('./pages/model/ModelPage.tsx'), 'ModelPage'),
)
const map = page(
  '/m/$id/map',
  mapSearch,
  lazyRouteComponent(() => import('./pages/map/MapPage.tsx'), 'MapPage'),
)

const verify = page(
  '/verify',
  verifySearch,
  lazyRouteComponent(() => import('./pages/verify/VerifyPage.tsx'), 'VerifyPage'),
)
const transaction = page(
  '/tx/$hash',
  pageSearch,
  lazyRouteComponent(() => import('./pages/transaction/TransactionPage.tsx'), 'TransactionPage'),
)

const licenses = page(
  '/licenses',
  licensesSearch,
  lazyRouteComponent(() => import('./pages/license/LicensesPage.tsx'), 'LicensesPage'),
)
const terms = page(
  '/l/$terms',
  termsSearch,
  lazyRouteComponent(() => import('./pages/license/TermsPage.tsx'), 'TermsPage'),
)
const credential = page(
  '/c/$credential',
  credentialSearch,
  lazyRouteComponent(() => import('./pages/license/CredentialPage.tsx'), 'CredentialPage'),
)
const impact = page(
  '/impact',
  impactSearch,
  lazyRouteComponent(() => import('./pages/impact/ImpactPage.tsx'), 'ImpactPage'),
)
const reviews = page(
  '/reviews',
  reviewsSearch,
  lazyRouteComponent(() => import('./pages/reviews/ReviewsPage.tsx'), 'ReviewsPage'),
)
const review = page(
  '/reviews/$subject',
  pageSearch,
  lazyRouteComponent(() => import('./pages/reviews/ReviewPage.tsx'), 'ReviewPage'),
)
const usage = page(
  '/usage',
  usageSearch,
  lazyRouteComponent(() => import('./pages/usage/UsagePage.tsx'), 'UsagePage'),
)
const usageLog = page(
  '/usage/$log',
  usageSearch,
  lazyRouteComponent(() => import('./pages/usage/LogPage.tsx'), 'LogPage'),
)

const activity = page(
  '/activity',
  activitySearch,
  lazyRouteComponent(() => import('./pages/activity/ActivityPage.tsx'), 'ActivityPage'),
)
const overview = page(
  '/overview',
  overviewSearch,
  lazyRouteComponent(() => import('./pages/overview/OverviewPage.tsx'), 'OverviewPage'),
)

const act = page(
  '/act',
  pageSearch,
  lazyRouteComponent(() => import('./pages/act/ActPage.tsx'), 'ActPage'),
)
const actForm = page(
  '/act/$form',
  actSearch,
  lazyRouteComponent(() => import('./pages/act/FormPage.tsx'), 'FormPage'),
)

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    search,
    model,
    map,
    verify,
    transaction,
    licenses,
    terms,
    credential,
    impact,
    reviews,
    review,
    usage,
    usageLog,
    activity,
    overview,
    act,
    actForm,
  ]),
  // What a page cannot show stays in its frame.
  defaultErrorComponent: Failure,
  scrollRestoration: true,
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
