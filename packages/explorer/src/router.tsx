import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import {
  actSearch,
  activitySearch,
  mapSearch,
  modelSearch,
  only,
  overviewSearch,
  pageSearch,
  searchSearch,
  verifySearch,
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

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: only(pageSearch),
  component: HomePage,
})
const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: only(searchSearch),
  component: SearchPage,
})
const model = createRoute({
  getParentRoute: () => root,
  path: '/m/$id',
  validateSearch: only(modelSearch),
  component: lazyRouteComponent(() => import('./pages/model/ModelPage.tsx'), 'ModelPage'),
})
const map = createRoute({
  getParentRoute: () => root,
  path: '/m/$id/map',
  validateSearch: only(mapSearch),
  component: lazyRouteComponent(() => import('./pages/map/MapPage.tsx'), 'MapPage'),
})

const verify = createRoute({
  getParentRoute: () => root,
  path: '/verify',
  validateSearch: only(verifySearch),
  component: lazyRouteComponent(() => import('./pages/verify/VerifyPage.tsx'), 'VerifyPage'),
})
const transaction = createRoute({
  getParentRoute: () => root,
  path: '/tx/$hash',
  validateSearch: only(pageSearch),
  component: lazyRouteComponent(() => import('./pages/transaction/TransactionPage.tsx'), 'TransactionPage'),
})

const licenses = createRoute({
  getParentRoute: () => root,
  path: '/licenses',
  validateSearch: only(licensesSearch),
  component: lazyRouteComponent(() => import('./pages/license/LicensesPage.tsx'), 'LicensesPage'),
})
const terms = createRoute({
  getParentRoute: () => root,
  path: '/l/$terms',
  validateSearch: only(termsSearch),
  component: lazyRouteComponent(() => import('./pages/license/TermsPage.tsx'), 'TermsPage'),
})
const credential = createRoute({
  getParentRoute: () => root,
  path: '/c/$credential',
  validateSearch: only(credentialSearch),
  component: lazyRouteComponent(() => import('./pages/license/CredentialPage.tsx'), 'CredentialPage'),
})
const impact = createRoute({
  getParentRoute: () => root,
  path: '/impact',
  validateSearch: only(impactSearch),
  component: lazyRouteComponent(() => import('./pages/impact/ImpactPage.tsx'), 'ImpactPage'),
})
const reviews = createRoute({
  getParentRoute: () => root,
  path: '/reviews',
  validateSearch: only(reviewsSearch),
  component: lazyRouteComponent(() => import('./pages/reviews/ReviewsPage.tsx'), 'ReviewsPage'),
})
const review = createRoute({
  getParentRoute: () => root,
  path: '/reviews/$subject',
  validateSearch: only(pageSearch),
  component: lazyRouteComponent(() => import('./pages/reviews/ReviewPage.tsx'), 'ReviewPage'),
})
const usage = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: only(usageSearch),
  component: lazyRouteComponent(() => import('./pages/usage/UsagePage.tsx'), 'UsagePage'),
})
const usageLog = createRoute({
  getParentRoute: () => root,
  path: '/usage/$log',
  validateSearch: only(usageSearch),
  component: lazyRouteComponent(() => import('./pages/usage/LogPage.tsx'), 'LogPage'),
})

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: only(activitySearch),
  component: lazyRouteComponent(() => import('./pages/activity/ActivityPage.tsx'), 'ActivityPage'),
})
const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  validateSearch: only(overviewSearch),
  component: lazyRouteComponent(() => import('./pages/overview/OverviewPage.tsx'), 'OverviewPage'),
})

const act = createRoute({
  getParentRoute: () => root,
  path: '/act',
  validateSearch: only(pageSearch),
  component: lazyRouteComponent(() => import('./pages/act/ActPage.tsx'), 'ActPage'),
})
const actForm = createRoute({
  getParentRoute: () => root,
  path: '/act/$form',
  validateSearch: only(actSearch),
  component: lazyRouteComponent(() => import('./pages/act/FormPage.tsx'), 'FormPage'),
})

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
