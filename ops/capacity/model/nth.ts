/** Which value stands at a place of the ascending order? Without sorting the rest: a model is fitted by thousands of percentiles. */

/**
 * C. A. R. Hoare: Algorithm 65, FIND (CACM 4, 1961). The time grows with the number of values.
 *
 * @param values are reordered; none is NaN
 * @param at from 0, within the values
 */
export function nthOf(values: Float64Array, at: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left += 1;
      while (values[right]! > pivot) right -= 1;
      if (left > right) break;
      const swapped = values[left]!;
      values[left++] = values[right]!;
      values[right--] = swapped;
    }
    if (at <= right) high = right;
    else if (at >= left) low = left;
    else break;
  }
  return values[at]!;
}
