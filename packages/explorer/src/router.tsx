import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { actSearch, mapSearch, modelSearch, pageSearch, searchSearch } from './app/address.ts'
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

const act = createRoute({
  getParentRoute: () => root,
  path: '/act',
  validateSearch: pageSearch,
  component: lazyRouteComponent(() => import('./pages/act/ActPage.tsx'), 'ActPage'),
})
const actForm = createRoute({
  getParentRoute: () => root,
  path: '/act/$form',
  validateSearch: actSearch,
  component: lazyRouteComponent(() => import('./pages/act/FormPage.tsx'), 'FormPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, search, model, map, act, actForm]),
  scrollRestoration: true,
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
