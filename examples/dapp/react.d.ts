/** What useVerdict.ts takes of React, which is not a dependency of this example. */
declare module 'react' {
  export function useState<T>(initial: T): [T, (next: T) => void]
  export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void
}
