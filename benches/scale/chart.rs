//! Draws curves over two logarithmic axes.

use crate::report;
use plotters::prelude::*;
use std::env;
use std::path::{Path, PathBuf};

/// The labels of a chart.
pub struct Axes {
    /// The title above the chart.
    pub title: &'static str,
    /// The label of the horizontal axis.
    pub x: &'static str,
    /// The label of the vertical axis.
    pub y: &'static str,
}

/// One curve.
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its points. No coordinate may be 0.
    pub points: Vec<(f64, f64)>,
}

/// Writes `NAME.svg` to target/bench, and to docs/ if BENCH_DOCS is set.
pub fn draw(name: &str, axes: &Axes, lines: &[Line]) {
    let mut text = String::new();
    svg(&mut text, axes, lines).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut paths = vec![(report::directory(), PathBuf::from("target/bench"))];
    if env::var_os("BENCH_DOCS").is_some() {
        paths.push((Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"), PathBuf::from("docs")));
    }
    for (directory, shown) in paths {
        std::fs::write(directory.join(format!("{name}.svg")), &text).expect("the chart can be written");
        println!("drawn: {}/{name}.svg", shown.display());
    }
}

fn svg(text: &mut String, axes: &Axes, lines: &[Line]) -> Result<(), Box<dyn std::error::Error>> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (mut least, mut most) = (f64::INFINITY, 0.0f64);
        for point in all() {
            (least, most) = (least.min(of(point)), most.max(of(point)));
        }
        (least, most)
    };
    let ((left, right), (low, high)) = (range(|point| point.0), range(|point| point.1));

    let canvas = SVGBackend::with_string(text, (900, 520)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let (plot, legend) = canvas.split_horizontally(760);
    let mut chart = ChartBuilder::on(&plot)
        .caption(axes.title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((left..right).log_scale(), (low / 1.5..high * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(axes.x)
        .y_desc(axes.y)
        .x_label_formatter(&|value| label(*value))
        .y_label_formatter(&|value| label(*value))
        .draw()?;

    // The legend is sorted by the last value of each curve.
    let mut lines: Vec<&Line> = lines.iter().collect();
    let end = |line: &Line| line.points.last().map_or(0.0, |point| point.1);
    lines.sort_by(|one, other| end(other).total_cmp(&end(one)));
    for (nth, line) in lines.iter().enumerate() {
        let style = HSLColor(nth as f64 / lines.len() as f64, 0.75, 0.42).stroke_width(2);
        chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        let y = 60 + 20 * nth as i32;
        legend.draw(&PathElement::new([(0, y), (18, y)], style))?;
        legend.draw(&Text::new(line.name.as_str(), (24, y - 6), ("sans-serif", 13)))?;
    }
    canvas.present()?;
    Ok(())
}

fn label(value: f64) -> String {
    if value >= 10.0 {
        super::short(value)
    } else {
        value.to_string()
    }
}
