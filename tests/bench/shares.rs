//! What is told of many measurements.

/// The median, and what 99 of 100 are not above.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank among some hundred"
)]
pub(crate) fn shares(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).ceil() as usize];
    (at(0.5), at(0.99))
}
