import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A certificate that a test made, with its key. */
export type MadeCertificate = { der: Buffer; pem: string; name: string; privateKey: KeyObject }

/** What a made certificate says. By default: of a signer, valid for a year around the test's time, for digital signatures and code signing. */
export type CertificateOptions = {
  issuer?: MadeCertificate
  /** Seconds since 1970. */
  from?: number
  until?: number
  /** Basic constraints; left out when undefined. */
  authority?: boolean
  pathLength?: number
  /** Bits of the key usage: 0x80 digital signature, 0x04 certificate signing; null for none. */
  usage?: number | null
  /** Extended key usages; null for none. */
  extendedUsage?: readonly string[] | null
  /** More extensions, by identifier. */
  extensions?: readonly { oid: string; critical: boolean; value: Buffer }[]
  key?: { privateKey: KeyObject; publicKey: KeyObject }
  /** The hash of the signature. */
  hash?: 'sha1' | 'sha256'
  /** Signs by RSA with PSS and this hash instead, where the issuer has such a key. */
  pss?: 'sha1' | 'sha256' | 'sha512' | undefined
}

/** The time of the tests: 2026-06-01. */
export const NOW = 1_780_272_000
const DAY = 86_400
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
const ECDSA = { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' } as const

let serial = 1

/** Makes a certificate, signed by ECDSA. One of an authority has `authority: true`. */
export function makeCertificate(name: string, options: CertificateOptions = {}): MadeCertificate {
  const { issuer, authority, pathLength, from = NOW - 180 * DAY, until = NOW + 180 * DAY, hash = 'sha256' } = options
  const {
    usage = authority ? 0x04 : 0x80,
    extendedUsage = authority ? null : [CODE_SIGNING],
    extensions = [],
  } = options
  const { privateKey, publicKey } = options.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { pss } = options
  const isRsa = (issuer?.privateKey ?? privateKey).asymmetricKeyType === 'rsa'
  const algorithm = isRsa ? rsaAlgorithm(pss) : sequence(oid(ECDSA[hash]))
  const all = [
    ...(authority === undefined
      ? []
      : [
          extension(
            '2.5.29.19',
            true,
            sequence(
              ...(authority ? [element(0x01, Buffer.of(0xff))] : []),
              ...(pathLength === undefined ? [] : [element(0x02, Buffer.of(pathLength))]),
            ),
          ),
        ]),
    ...(usage === null ? [] : [extension('2.5.29.15', true, element(0x03, Buffer.of(0, usage)))]),
    ...(extendedUsage === null
      ? []
      : [extension('2.5.29.37', false, sequence(...extendedUsage.map((each) => oid(each))))]),
    ...extensions.map(({ oid: id, critical, value }) => extension(id, critical, value)),
  ]
  const tbs = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, Buffer.of(1, (serial++ % 127) + 1)),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time(from), time(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(all.length === 0 ? [] : [element(0xa3, sequence(...all))]),
  )
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants
  const signature = sign(pss ?? hash, tbs, {
    key: issuer?.privateKey ?? privateKey,
    ...(isRsa && { padding: pss === undefined ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING }),
    ...(pss !== undefined && { saltLength: RSA_PSS_SALTLEN_DIGEST }),
  })
  const der = sequence(tbs, algorithm, element(0x03, Buffer.concat([Buffer.of(0), signature])))
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
  return { der, pem, name, privateKey }
}

/** RSA by PKCS #1 with SHA-256, or by PSS, whose parameters are left out where they are the defaults: SHA-1 and 20 bytes of salt. */
function rsaAlgorithm(pss: CertificateOptions['pss']): Buffer {
  if (pss === undefined) return sequence(oid('1.2.840.113549.1.1.11'), element(5, Buffer.of()))
  const id = oid('1.2.840.113549.1.1.10')
  if (pss === 'sha1') return sequence(id, sequence())
  const hash = sequence(oid(pss === 'sha256' ? '2.16.840.1.101.3.4.2.1' : '2.16.840.1.101.3.4.2.3'))
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hash)
  const salt = element(0x02, Buffer.of(pss === 'sha256' ? 32 : 64))
  return sequence(id, sequence(element(0xa0, hash), element(0xa1, mask), element(0xa2, salt)))
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [element(0x01, Buffer.of(0xff))] : []), element(0x04, value))
}

function nameOf(name: string): Buffer {
  return sequence(element(0x31, sequence(oid('2.5.4.3'), element(0x0c, Buffer.from(name)))))
}

function time(seconds: number): Buffer {
  return element(0x18, Buffer.from(new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, '')))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function oid(text: string): Buffer {
  const [first, second, ...others] = text.split('.').map(Number) as [number, number, ...number[]]
  const bytes = [40 * first + second, ...others].flatMap((number) => {
    const groups = [number & 0x7f]
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return element(0x06, Buffer.from(bytes))
}
