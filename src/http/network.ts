/**
 * The network that a request comes from, as the unit that limits count by. Pure.
 */

/** Stands for whoever has no address: all of them together. */
const UNKNOWN = 'unknown'

/**
 * Names the sender's network: an IPv4 address, or the first 64 bits of an IPv6 address, for whoever has one of those
 * has all addresses behind them. Only the header that the platform writes itself is read: a client writes any other.
 *
 * @see RFC 4291 section 2.5.1 (interface identifiers of 64 bits) and 2.5.5.2 (IPv4-mapped addresses)
 */
export function networkOf(headers: Headers): string {
  const address = headers.get('cf-connecting-ip') ?? ''
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address
  // The URL parser reads every spelling of an address, and writes one.
  const url = `http://[${address}]`
  if (!/^[0-9a-f:.]{2,45}$/i.test(address) || !URL.canParse(url)) return UNKNOWN
  const [front = '', back] = new URL(url).hostname.slice(1, -1).split('::')
  const split = (part: string) => (part === '' ? [] : part.split(':'))
  const [head, tail] = [split(front), split(back ?? '')]
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    const bytes = groups.slice(6).flatMap((group) => {
      const number = Number.parseInt(group, 16)
      return [number >> 8, number & 255]
    })
    return bytes.join('.')
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
