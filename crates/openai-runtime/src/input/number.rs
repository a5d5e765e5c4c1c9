//! Numbers of any type.

use super::Given;
use crate::json::InputError;

/// A number for a field: a float or an integer of any type, and an `Option` of one where the field is optional.
///
/// ```
/// use openai_runtime::input::IntoNumber;
///
/// fn temperature(value: impl IntoNumber<Option<f64>>) -> Option<f64> {
///     value.into_number().ok().flatten()
/// }
/// assert_eq!((temperature(1), temperature(0.2), temperature(0.2f32)), (Some(1.0), Some(0.2), Some(0.2)));
/// assert_eq!((temperature(Some(0.2)), temperature(None::<f64>), temperature(f64::NAN)), (None.or(Some(0.2)), None, None));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number",
    label = "expected a number, or an `Option` of one where the field is optional"
)]
pub trait IntoNumber<T> {
    /// Converts the number.
    ///
    /// # Errors
    /// JSON has no form for the number: it is infinite or not a number.
    fn into_number(self) -> Given<T>;
}

macro_rules! numbers {
    ($($number:ty: $to_float:expr;)*) => {$(
        impl IntoNumber<f64> for $number {
            fn into_number(self) -> Given<f64> {
                finite($to_float(self))
            }
        }
        impl IntoNumber<Option<f64>> for $number {
            fn into_number(self) -> Given<Option<f64>> {
                finite($to_float(self)).map(Some)
            }
        }
        impl IntoNumber<f64> for &$number {
            fn into_number(self) -> Given<f64> {
                (*self).into_number()
            }
        }
        impl IntoNumber<Option<f64>> for &$number {
            fn into_number(self) -> Given<Option<f64>> {
                (*self).into_number()
            }
        }
    )*};
}

numbers! {
    f64: f64::from;
    f32: shortest;
    i8: f64::from;
    u8: f64::from;
    i16: f64::from;
    u16: f64::from;
    i32: f64::from;
    u32: f64::from;
    i64: |whole| whole as f64;
    u64: |whole| whole as f64;
    isize: |whole| whole as f64;
    usize: |whole| whole as f64;
}

impl<N: IntoNumber<f64>> IntoNumber<Option<f64>> for Option<N> {
    fn into_number(self) -> Given<Option<f64>> {
        self.map(N::into_number).transpose()
    }
}

impl<N: IntoNumber<f64> + Copy> IntoNumber<Option<f64>> for &Option<N> {
    fn into_number(self) -> Given<Option<f64>> {
        self.map(N::into_number).transpose()
    }
}

/// The float that is written as the shorter one is: 0.2 and not 0.20000000298023224.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}

fn finite(number: f64) -> Given<f64> {
    if number.is_finite() { Ok(number) } else { Err(InputError::new(format!("{number} is no number in JSON"))) }
}
