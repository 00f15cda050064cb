import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { mapSearch, modelSearch, pageSearch, searchSearch, verifySearch } from './app/address.ts'
import { Frame } from './app/Frame.tsx'
import { HomePage } from './pages/HomePage.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { SearchPage } from './pages/SearchPage.tsx'
import { Failure } from './ui/parts.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: NotFoundPage, errorComponent: Failure })

const home = createRoute({ getParentRoute: () => root, path: '/', validateSearch: pageSearch, component: HomePage })
const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: searchSearch,
  component: SearchPage,
})
const model = createRoute({
  getParentRoute: () => root,
  path: '/m/$id',
  validateSearch: modelSearch,
  component: lazyRouteComponent(() => import('./pages/model/ModelPage.tsx'), 'ModelPage'),
})
const map = createRoute({
  getParentRoute: () => root,
  path: '/m/$id/map',
  validateSearch: mapSearch,
  component: lazyRouteComponent(() => import('./pages/map/MapPage.tsx'), 'MapPage'),
})

const verify = createRoute({
  getParentRoute: () => root,
  path: '/verify',
  validateSearch: verifySearch,
  component: lazyRouteComponent(() => import('./pages/verify/VerifyPage.tsx'), 'VerifyPage'),
})
const transaction = createRoute({
  getParentRoute: () => root,
  path: '/tx/$hash',
  validateSearch: pageSearch,
  component: lazyRouteComponent(() => import('./pages/transaction/TransactionPage.tsx'), 'TransactionPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, search, model, map, verify, transaction]),
  scrollRestoration: true,
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
