declare module '*.css' {}

interface ImportMeta {
  /** Files that Vite bundles, by path. */
  glob<T>(patterns: readonly string[], options: { eager: true; import: 'default' }): Record<string, T>
}
