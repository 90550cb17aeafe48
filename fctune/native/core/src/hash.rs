//! The hash that rows are told apart by: XXH3 of 64 bits, seed 0.
//!
//! Input: bytes. Output: 64 bits. Follows `xxhash.xxh3_64_intdigest` as `fctune/conversations/
//! hashes.py` and `identity.py` use it; written after the public specification of XXH3. Integers
//! are read in little-endian order on every machine.

const PRIME_32: [u64; 3] = [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D];
const PRIME_64: [u64; 5] = [
    0x9E37_79B1_85EB_CA87,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
];
const MIX_ONE: u64 = 0x1656_6791_9E37_79F9;
const MIX_TWO: u64 = 0x9FB2_1C65_1E98_DF25;
const STRIPE: usize = 64;
const LANES: usize = 8;
const LONGEST_SHORT: usize = 16;
const LONGEST_MIDDLE: usize = 128;
const LONGEST_MIXED: usize = 240;
/// Bytes of a block: each of its stripes takes the secret 8 bytes further on.
const BLOCK: usize = STRIPE * (SECRET.len() - STRIPE) / 8;

#[rustfmt::skip]
static SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];

/// The hash of some bytes: `xxhash.xxh3_64_intdigest(bytes)`.
pub fn xxh3_64(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0 => finished_short(secret(56) ^ secret(64)),
        1..=LONGEST_SHORT => short(bytes),
        17..=LONGEST_MIDDLE => middle(bytes),
        129..=LONGEST_MIXED => mixed(bytes),
        _ => long(bytes),
    }
}

/// The hash of 32 bytes with a seed: `xxhash.xxh3_64_intdigest(bytes, seed=seed)`.
pub fn xxh3_64_of_32(bytes: &[u8; 32], seed: u64) -> u64 {
    let pair = |at: usize| {
        let (one, other) = (secret(at).wrapping_add(seed), secret(at + 8).wrapping_sub(seed));
        folded_product(read_64(bytes, at) ^ one, read_64(bytes, at + 8) ^ other)
    };
    let sum = 32u64.wrapping_mul(PRIME_64[0]);
    finished(sum.wrapping_add(pair(0)).wrapping_add(pair(16)))
}

/// Up to 16 bytes.
fn short(bytes: &[u8]) -> u64 {
    let size = bytes.len();
    if size <= 3 {
        let (first, half, last) = (bytes[0], bytes[size >> 1], bytes[size - 1]);
        let word = u32::from_le_bytes([last, size as u8, first, half]);
        return finished_short(u64::from(word ^ read_32(&SECRET, 0) ^ read_32(&SECRET, 4)));
    }
    if size <= 8 {
        let (first, last) = (read_32(bytes, 0), read_32(bytes, size - 4));
        let both = u64::from(last) | u64::from(first) << 32;
        return finished_pair(both ^ secret(8) ^ secret(16), size as u64);
    }
    let low = read_64(bytes, 0) ^ secret(24) ^ secret(32);
    let high = read_64(bytes, size - 8) ^ secret(40) ^ secret(48);
    let sum = (size as u64).wrapping_add(low.swap_bytes()).wrapping_add(high);
    finished(sum.wrapping_add(folded_product(low, high)))
}

/// 17 to 128 bytes: pairs of 16, from both ends to the middle.
fn middle(bytes: &[u8]) -> u64 {
    let size = bytes.len();
    let mut sum = (size as u64).wrapping_mul(PRIME_64[0]);
    for pair in (0..=(size - 1) / 32).rev() {
        sum = sum.wrapping_add(mix(bytes, 16 * pair, 32 * pair));
        sum = sum.wrapping_add(mix(bytes, size - 16 * (pair + 1), 32 * pair + 16));
    }
    finished(sum)
}

/// 129 to 240 bytes.
fn mixed(bytes: &[u8]) -> u64 {
    let size = bytes.len();
    let mut sum = (size as u64).wrapping_mul(PRIME_64[0]);
    for round in 0..8 {
        sum = sum.wrapping_add(mix(bytes, 16 * round, 16 * round));
    }
    sum = finished(sum);
    for round in 8..size / 16 {
        sum = sum.wrapping_add(mix(bytes, 16 * round, 16 * (round - 8) + 3));
    }
    finished(sum.wrapping_add(mix(bytes, size - 16, 136 - 17)))
}

/// More than 240 bytes: eight lanes over stripes of 64 bytes.
fn long(bytes: &[u8]) -> u64 {
    let [three, two, one] = [PRIME_32[2], PRIME_32[1], PRIME_32[0]];
    let [p1, p2, p3, p4, p5] = PRIME_64;
    let mut lanes = [three, p1, p2, p3, p4, two, p5, one];
    let size = bytes.len();
    let whole = (size - 1) / BLOCK * BLOCK;
    for block in bytes[..whole].chunks_exact(BLOCK) {
        for (at, stripe) in block.chunks_exact(STRIPE).enumerate() {
            add_stripe(&mut lanes, stripe, 8 * at);
        }
        scramble(&mut lanes);
    }
    for (at, stripe) in bytes[whole..size - 1].chunks_exact(STRIPE).enumerate() {
        add_stripe(&mut lanes, stripe, 8 * at);
    }
    add_stripe(&mut lanes, &bytes[size - STRIPE..], SECRET.len() - STRIPE - 7);
    let mut sum = (size as u64).wrapping_mul(p1);
    for (at, pair) in lanes.chunks_exact(2).enumerate() {
        let (one, other) = (pair[0] ^ secret(11 + 16 * at), pair[1] ^ secret(19 + 16 * at));
        sum = sum.wrapping_add(folded_product(one, other));
    }
    finished(sum)
}

#[inline(always)]
fn add_stripe(lanes: &mut [u64; LANES], stripe: &[u8], at: usize) {
    let (values, keys) = (words_of(stripe), words_of(&SECRET[at..at + STRIPE]));
    for lane in 0..LANES {
        let keyed = values[lane] ^ keys[lane];
        let product = (keyed & 0xffff_ffff).wrapping_mul(keyed >> 32);
        lanes[lane] = lanes[lane].wrapping_add(product).wrapping_add(values[lane ^ 1]);
    }
}

/// The numbers that a stripe is.
#[inline(always)]
fn words_of(stripe: &[u8]) -> [u64; LANES] {
    let mut words = [0; LANES];
    for (word, bytes) in words.iter_mut().zip(stripe.chunks_exact(8)) {
        *word = read_64(bytes, 0);
    }
    words
}

fn scramble(lanes: &mut [u64; LANES]) {
    for (at, lane) in lanes.iter_mut().enumerate() {
        let mixed = *lane ^ (*lane >> 47) ^ secret(SECRET.len() - STRIPE + 8 * at);
        *lane = mixed.wrapping_mul(PRIME_32[0]);
    }
}

#[inline(always)]
fn mix(bytes: &[u8], at: usize, key: usize) -> u64 {
    folded_product(read_64(bytes, at) ^ secret(key), read_64(bytes, at + 8) ^ secret(key + 8))
}

/// The two halves of a product, one upon the other.
#[inline(always)]
pub fn folded_product(one: u64, other: u64) -> u64 {
    let product = u128::from(one).wrapping_mul(u128::from(other));
    product as u64 ^ (product >> 64) as u64
}

fn finished(mut hash: u64) -> u64 {
    hash ^= hash >> 37;
    hash = hash.wrapping_mul(MIX_ONE);
    hash ^ (hash >> 32)
}

fn finished_short(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(PRIME_64[1]);
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(PRIME_64[2]);
    hash ^ (hash >> 32)
}

fn finished_pair(mut hash: u64, size: u64) -> u64 {
    hash ^= hash.rotate_left(49) ^ hash.rotate_left(24);
    hash = hash.wrapping_mul(MIX_TWO);
    hash ^= (hash >> 35).wrapping_add(size);
    hash = hash.wrapping_mul(MIX_TWO);
    hash ^ (hash >> 28)
}

#[inline(always)]
fn secret(at: usize) -> u64 {
    read_64(&SECRET, at)
}

/// The number that eight bytes are.
#[inline(always)]
pub fn read_64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// The number that four bytes are.
#[inline(always)]
pub(crate) fn read_32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}
