import { lookup } from 'node:dns'
import { isIP } from 'node:net'

import { quoted, shortText, StemmaError } from 'stemma/core'
import { Agent, fetch as undiciFetch } from 'undici'

import { isPublicAddress } from './publicAddress.ts'

/** Sends requests to public hosts alone, by an address that was checked. */
export type GuardedFetch = {
  /** As the platform's `fetch`. It follows no redirect unless it is asked to, and checks each. */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** Ends all connections. */
  close(): Promise<void>
}

/**
 * Makes a `fetch` for addresses that strangers choose. It asks https hosts alone, at public addresses, by the very address that was looked up
 * and checked, so that a name cannot change its address in between.
 *
 * @param privateHosts hosts, with their ports where these are not the usual ones, that may be private and asked over http: those of the
 * operator's own network that its configuration names
 */
export function guardedFetch(privateHosts: readonly string[]): GuardedFetch {
  const isOwn = (host: string): boolean => privateHosts.includes(host.toLowerCase())
  const names = new Set(privateHosts.map((host) => new URL(`http://${host}`).hostname))
  const agent = new Agent({
    connect: {
      timeout: 30_000,
      lookup: (name, options, callback) => {
        lookup(name, { ...options, all: true }, (error, addresses) => {
          if (error) return callback(error, [])
          const refused = names.has(name) ? undefined : addresses.find(({ address }) => !isPublicAddress(address))
          if (refused) return callback(new PrivateAddressError(name, refused.address), [])
          if (options.all) return callback(null, addresses)
          callback(null, addresses[0]!.address, addresses[0]!.family)
        })
      },
    },
  })
  const check = (url: URL): void => {
    if (isOwn(url.host)) return
    if (url.protocol !== 'https:') throw new UnsafeUrlError(url.href, 'it is not https')
    if (url.username + url.password !== '') throw new UnsafeUrlError(url.host, 'it has a user or a password')
    const literal = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw new PrivateAddressError(url.hostname, literal)
  }
  return {
    fetch: async (url, init = {}) => {
      check(new URL(url))
      try {
        return (await undiciFetch(url, { ...(init as object), redirect: 'manual', dispatcher: agent })) as never
      } catch (error) {
        const { cause } = error as { cause?: unknown }
        throw cause instanceof StemmaError ? cause : error
      }
    },
    close: () => agent.destroy(),
  }
}

/** Thrown when an address is not asked. */
export class UnsafeUrlError extends StemmaError {
  override name = 'UnsafeUrlError'
  constructor(url: string, why: string) {
    super(
      'UNSAFE_URL',
      `${quoted(shortText(url, 200))} is not asked: ${why}. If it is a host of your own, name it in "privateHosts".`,
    )
  }
}

/** Thrown when a host has an address that is not of the public internet. */
export class PrivateAddressError extends StemmaError {
  override name = 'PrivateAddressError'
  constructor(host: string, address: string) {
    super(
      'PRIVATE_ADDRESS',
      `${quoted(shortText(host, 200))} is at ${address}, which is not of the public internet, and is not asked. If it is a host of your own, name it in "privateHosts".`,
    )
  }
}
