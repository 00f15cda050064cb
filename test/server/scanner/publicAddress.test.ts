import { expect } from 'chai'

import { isPublicAddress } from '../../../packages/server/src/scanner/publicAddress.ts'

describe('isPublicAddress', function () {
  it('takes addresses of the public internet', function () {
    for (const address of ['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.1', '2606:4700:4700::1111', '2a00::1'])
      expect(isPublicAddress(address), address).to.equal(true)
  })

  it('refuses addresses of this machine, of private networks and of special purposes, however they are written', function () {
    for (const address of [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.255.255',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::127.0.0.1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '0:0:0:0:0:ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:0:1::',
      'fc00::1',
      'fd12::1',
      'fe80::1',
      'fe80::1%eth0',
      'ff02::1',
      '2001:db8::1',
    ])
      expect(isPublicAddress(address), address).to.equal(false)
  })

  it('refuses what is not an address', function () {
    for (const text of ['', 'localhost', '127.1', '0x7f.1', '2130706433', '[::1]'])
      expect(isPublicAddress(text), text).to.equal(false)
  })
})
