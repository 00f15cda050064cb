import { parseLicense, type LicenseEntry } from 'stemma/documents'

/** The license library. It is large, so pages load it when they need it. */
export const LICENSES: readonly LicenseEntry[] = Object.entries(
  import.meta.glob<unknown>(['../../../../licenses/*.json', '!../../../../licenses/schema.json'], {
    eager: true,
    import: 'default',
  }),
).map(([path, value]) => parseLicense(value, path.slice(path.lastIndexOf('/') + 1)))
