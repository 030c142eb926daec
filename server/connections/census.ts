/**
 * May one more connection stay? Counts them by address.
 *
 * uWebSockets.js tells of each connection that comes and from where, but of one that goes only that one went. So the number of an
 * address is known as a range: at most those that came since the last count, at least those less all that went. Whoever is certainly
 * above the bound is refused; whoever may be, has the kernel asked, at most once a second. Nobody below the bound is ever refused;
 * one above it may get as many more as others lost in that second.
 */
import type { Clock } from '../../engine/clock.ts';
import { type Address, includes, keyOfAddress, type Network, parseAddress } from '../limits/index.ts';

export interface CensusParts {
  readonly totalMax: number;
  readonly perAddressMax: number;
  /** Never refused. */
  readonly exempt: readonly Network[];
  readonly clock: Clock;
  /** The addresses of all connections there are, the newest included; null where that cannot be had. */
  readonly recount: () => Iterable<Address> | null;
}

const RECOUNT_US = 1_000_000;
/** Addresses that came and may long be gone, beyond twice those that are there. */
const GONE_MAX = 4096;

export class Census {
  readonly #parts: CensusParts;
  /** By site: those that came since the last count, and those counted. */
  #came = new Map<string, number>();
  /** Since the last count; nobody knows whose. */
  #went = 0;
  #open = 0;
  /** Where all that are open came from, as it was said; '' where there are several such places, or none is open. */
  #only = '';
  #countedAtUs = Number.NEGATIVE_INFINITY;
  #refusedOfAddress = 0;
  #refusedInAll = 0;

  constructor(parts: CensusParts) {
    this.#parts = parts;
  }

  get open(): number {
    return this.#open;
  }

  /** Where all connections that are open come from, behind a proxy most of the time; '' where that is not known to be one address. */
  get only(): string {
    return this.#only;
  }

  /** Connections closed at once since the start, by the bound that they met. */
  get refused(): { readonly perAddress: number; readonly total: number } {
    return { perAddress: this.#refusedOfAddress, total: this.#refusedInAll };
  }

  /** Counts a connection. @returns whether it may stay; {@link went} is to be called for it in either case, when it is gone */
  comes(from: string): boolean {
    if (this.#open === 0) this.#only = from;
    else if (this.#only !== from) this.#only = '';
    this.#open += 1;
    const address = parseAddress(from);
    const { exempt, totalMax } = this.#parts;
    if (address !== null && includes(exempt, address)) return true;
    if (this.#open > totalMax) {
      this.#refusedInAll += 1;
      return false;
    }
    if (address === null || this.#hasRoom(address)) return true;
    this.#refusedOfAddress += 1;
    return false;
  }

  went(): void {
    this.#open -= 1;
    this.#went += 1;
    if (this.#open > 0) return;
    this.#only = '';
    this.#begin([]);
  }

  #hasRoom(address: Address): boolean {
    const { perAddressMax, recount, clock } = this.#parts;
    const site = siteOf(address);
    const atMost = (this.#came.get(site) ?? 0) + 1;
    this.#came.set(site, atMost);
    const tooMany = this.#came.size > 2 * this.#open + GONE_MAX;
    if (atMost <= perAddressMax && !tooMany) return true;
    if (atMost - this.#went > perAddressMax && !tooMany) return false;
    const nowUs = clock.nowUs();
    if (nowUs - this.#countedAtUs < RECOUNT_US) return true;
    this.#countedAtUs = nowUs;
    const counted = recount();
    // Nobody can tell: who may be below the bound is let in.
    if (counted === null && !tooMany) return true;
    this.#begin(counted ?? []);
    return (this.#came.get(site) ?? 0) <= perAddressMax;
  }

  #begin(addresses: Iterable<Address>): void {
    this.#went = 0;
    this.#came.clear();
    for (const address of addresses) {
      const site = siteOf(address);
      this.#came.set(site, (this.#came.get(site) ?? 0) + 1);
    }
  }
}

function siteOf(address: Address): string {
  const { high, low } = keyOfAddress(address);
  return `${high}:${low}`;
}
