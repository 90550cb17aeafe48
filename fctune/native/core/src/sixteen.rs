//! Sixteen bytes, looked at together.
//!
//! Input: bytes. Output: of which of them something is true, as bits, the first the lowest. On
//! x86-64, every one of which can do so, by its own instructions: what the compiler makes of loops
//! tells whether such a byte is there, but not where.

/// How many bytes are looked at together.
pub const WIDTH: usize = 16;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod machine {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8,
    };

    use super::WIDTH;

    /// Bytes, or of each whether something is true of it.
    #[derive(Clone, Copy)]
    pub struct Sixteen(__m128i);

    // SAFETY: of all here, this is compiled only where there is SSE2, which is all that is asked.
    impl Sixteen {
        #[inline(always)]
        pub fn of(bytes: &[u8; WIDTH]) -> Sixteen {
            // SAFETY: 16 bytes are read, which need not be aligned.
            Sixteen(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        pub fn is(self, sign: u8) -> Sixteen {
            // SAFETY: see above.
            Sixteen(unsafe { _mm_cmpeq_epi8(self.0, _mm_set1_epi8(sign as i8)) })
        }

        #[inline(always)]
        pub fn is_at_most(self, sign: u8) -> Sixteen {
            // SAFETY: see above.
            Sixteen(unsafe { _mm_cmpeq_epi8(_mm_min_epu8(self.0, _mm_set1_epi8(sign as i8)), self.0) })
        }

        #[inline(always)]
        pub fn or(self, other: Sixteen) -> Sixteen {
            // SAFETY: see above.
            Sixteen(unsafe { _mm_or_si128(self.0, other.0) })
        }

        #[inline(always)]
        pub fn and(self, other: Sixteen) -> Sixteen {
            // SAFETY: see above.
            Sixteen(unsafe { _mm_and_si128(self.0, other.0) })
        }

        /// A bit for each byte of which it is true.
        #[inline(always)]
        pub fn bits(self) -> u32 {
            // SAFETY: see above.
            unsafe { _mm_movemask_epi8(self.0) as u32 }
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
mod machine {
    use super::WIDTH;

    /// Bytes, or of each whether something is true of it.
    #[derive(Clone, Copy)]
    pub struct Sixteen([u8; WIDTH]);

    impl Sixteen {
        #[inline(always)]
        pub fn of(bytes: &[u8; WIDTH]) -> Sixteen {
            Sixteen(*bytes)
        }

        #[inline(always)]
        pub fn is(self, sign: u8) -> Sixteen {
            Sixteen(self.0.map(|byte| u8::from(byte == sign)))
        }

        #[inline(always)]
        pub fn is_at_most(self, sign: u8) -> Sixteen {
            Sixteen(self.0.map(|byte| u8::from(byte <= sign)))
        }

        #[inline(always)]
        pub fn or(mut self, other: Sixteen) -> Sixteen {
            self.0.iter_mut().zip(other.0).for_each(|(byte, other)| *byte |= other);
            self
        }

        #[inline(always)]
        pub fn and(mut self, other: Sixteen) -> Sixteen {
            self.0.iter_mut().zip(other.0).for_each(|(byte, other)| *byte &= other);
            self
        }

        /// A bit for each byte of which it is true.
        #[inline(always)]
        pub fn bits(self) -> u32 {
            self.0.iter().rev().fold(0, |bits, byte| bits << 1 | u32::from(*byte))
        }
    }
}

pub use machine::Sixteen;
