/**
 * What counts as one network: rotating the last 64 bits of an IPv6 address makes nobody new.
 */
import { describe, expect, it } from 'vitest'
import { networkOf } from '../../../src/http/network.ts'

const read = (address: string) => networkOf(new Headers({ 'cf-connecting-ip': address }))

describe('networkOf', () => {
  it.each([
    { address: '192.0.2.1', network: '192.0.2.1' },
    { address: '127.0.0.1', network: '127.0.0.1' },
    { address: '2001:db8::1', network: '2001:db8:0:0::/64' },
    { address: '2001:DB8:0000:0000:ffff:ffff:ffff:ffff', network: '2001:db8:0:0::/64' },
    { address: '2001:db8:0:1::1', network: '2001:db8:0:1::/64' },
    { address: '2001:db8:1:2:3:4:5:6', network: '2001:db8:1:2::/64' },
    { address: '::1', network: '0:0:0:0::/64' },
    { address: '::', network: '0:0:0:0::/64' },
    { address: 'fe80::', network: 'fe80:0:0:0::/64' },
    { address: '::ffff:192.0.2.1', network: '192.0.2.1' },
    { address: '::ffff:c000:201', network: '192.0.2.1' },
    { address: '0:0:0:0:0:FFFF:C000:0201', network: '192.0.2.1' },
    { address: '::fffe:c000:201', network: '0:0:0:0::/64' },
  ])('names $address by $network', ({ address, network }) => {
    expect(read(address)).toBe(network)
  })

  it.each(['', 'example.test', '2001:db8::1::2', 'fe80::1%eth0', '1:2:3', '[::1]', '::1]/x@[::2'])(
    'takes "%s" for nobody in particular',
    (address) => {
      expect(read(address)).toBe('unknown')
    },
  )

  it('reads no header that a client can write', () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', forwarded: 'for=a' }
    expect(networkOf(new Headers(headers))).toBe('unknown')
  })
})
