import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { activitySearch, mapSearch, modelSearch, overviewSearch, pageSearch, searchSearch } from './app/address.ts'
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

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: activitySearch,
  component: lazyRouteComponent(() => import('./pages/activity/ActivityPage.tsx'), 'ActivityPage'),
})
const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import('./pages/overview/OverviewPage.tsx'), 'OverviewPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, search, model, map, activity, overview]),
  scrollRestoration: true,
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
