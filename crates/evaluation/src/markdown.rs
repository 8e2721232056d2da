//! Reports as tables in Markdown. Ratios are in percent.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::report::{Figures, LabelReport, LanguageReport, Report, SourceReport};

/// One row for each task and language.
pub fn summary(reports: &[Report]) -> String {
    let mut table = Table::new(&[
        "task",
        "language",
        "texts",
        "spans",
        "P",
        "R",
        "F1",
        "F1, mean of sources",
        "overlap F1",
        "calibration error",
        "MB/s",
    ]);
    for report in reports {
        for language in &report.languages {
            let Figures { exact, overlap, .. } = language.all;
            let calibration = language.calibration.as_ref();
            table.row(&[
                report.task.clone(),
                language.language.clone(),
                language.documents.to_string(),
                language.all.gold.to_string(),
                percent(exact.precision),
                percent(exact.recall),
                percent(exact.f1),
                percent(language.mean_exact_f1),
                percent(overlap.f1),
                calibration.map_or_else(nothing, |calibration| format!("{:.3}", calibration.expected_error)),
                language
                    .speed
                    .map_or_else(nothing, |speed| format!("{:.1}", speed.megabytes_per_cpu_second)),
            ]);
        }
    }
    table.finish()
}

/// What [`summary`] leaves out: labels, sources, and labels by source.
pub fn details(report: &Report) -> String {
    let mut text = String::new();
    // Writing to memory cannot fail.
    for language in &report.languages {
        let _ = writeln!(text, "### {}, {}\n", report.task, language.language);
        text += &labels(language);
        if language.sources.iter().any(|source| !source.source.is_empty()) {
            let _ = write!(text, "\n{}", sources(language));
        }
        if language.sources.len() > 1 {
            let _ = write!(text, "\nExact F1 by label and source:\n\n{}", matrix(language));
        }
        if language.sources.iter().any(|source| !source.partial.is_empty()) {
            let _ = write!(
                text,
                "\nMarked only in part, so that only recall can be told:\n\n{}",
                partial(language)
            );
        }
        if let Some(calibration) = &language.calibration {
            let bins: Vec<String> = calibration
                .bins
                .iter()
                .map(|bin| format!("{:.2} → {:.2} ({})", bin.mean_score, bin.accuracy, bin.count))
                .collect();
            let _ = writeln!(text, "\nMean score → share right (findings): {}.\n", bins.join(", "));
        } else {
            text.push('\n');
        }
    }
    for (language, documents) in &report.unknown_languages {
        let _ = writeln!(
            text,
            "Not judged: {documents} texts in {language}, which the engine does not know.\n"
        );
    }
    text
}

/// A whole report, as it stands alone.
pub fn report(report: &Report) -> String {
    format!("{}\n{}", summary(std::slice::from_ref(report)), details(report))
}

fn labels(language: &LanguageReport) -> String {
    let mut table = Table::new(&[
        "label",
        "spans",
        "found",
        "P",
        "R",
        "F1",
        "overlap P",
        "overlap R",
        "overlap F1",
    ]);
    for LabelReport { label, figures } in &language.labels {
        table.row(&figures_row(label, figures));
    }
    table.row(&figures_row("all", &language.all));
    table.finish()
}

fn figures_row(name: &str, figures: &Figures) -> [String; 9] {
    [
        name.to_owned(),
        figures.gold.to_string(),
        figures.predicted.to_string(),
        percent(figures.exact.precision),
        percent(figures.exact.recall),
        percent(figures.exact.f1),
        percent(figures.overlap.precision),
        percent(figures.overlap.recall),
        percent(figures.overlap.f1),
    ]
}

fn sources(language: &LanguageReport) -> String {
    let mut table = Table::new(&[
        "source",
        "texts",
        "spans",
        "found",
        "P",
        "R",
        "F1",
        "overlap F1",
        "calibration error",
    ]);
    for source in &language.sources {
        let SourceReport { all, calibration, .. } = source;
        table.row(&[
            source.source.clone(),
            source.documents.to_string(),
            all.gold.to_string(),
            all.predicted.to_string(),
            percent(all.exact.precision),
            percent(all.exact.recall),
            percent(all.exact.f1),
            percent(all.overlap.f1),
            calibration
                .as_ref()
                .map_or_else(nothing, |calibration| format!("{:.3}", calibration.expected_error)),
        ]);
    }
    table.finish()
}

fn partial(language: &LanguageReport) -> String {
    let mut table = Table::new(&["label", "source", "spans", "R", "overlap R"]);
    for source in &language.sources {
        for label in &source.partial {
            table.row(&[
                label.label.clone(),
                source.source.clone(),
                label.gold.to_string(),
                percent(label.exact_recall),
                percent(label.overlap_recall),
            ]);
        }
    }
    table.finish()
}

fn matrix(language: &LanguageReport) -> String {
    let names = language.labels.iter().map(|label| label.label.as_str());
    let columns: Vec<&str> = std::iter::once("source").chain(names).collect();
    let mut table = Table::new(&columns);
    let cells: Vec<BTreeMap<&str, &Figures>> = language
        .sources
        .iter()
        .map(|source| {
            source
                .labels
                .iter()
                .map(|label| (label.label.as_str(), &label.figures))
                .collect()
        })
        .collect();
    let cell = |source: usize, label: &str| {
        // What is found and never marked has an F1 of zero, which says nothing about the label.
        let figures = cells[source].get(label).filter(|figures| figures.gold > 0);
        figures.map_or_else(nothing, |figures| percent(figures.exact.f1))
    };
    if language.labels.len() <= language.sources.len().max(9) {
        for (index, source) in language.sources.iter().enumerate() {
            let row = columns[1..].iter().map(|label| cell(index, label));
            table.row(&std::iter::once(source.source.clone()).chain(row).collect::<Vec<_>>());
        }
        return table.finish();
    }
    // Many labels and few sources: the other way round.
    let names = language.sources.iter().map(|source| source.source.as_str());
    let mut table = Table::new(&std::iter::once("label").chain(names).collect::<Vec<_>>());
    for label in &columns[1..] {
        let row = (0..language.sources.len()).map(|index| cell(index, label));
        table.row(&std::iter::once((*label).to_owned()).chain(row).collect::<Vec<_>>());
    }
    table.finish()
}

fn percent(ratio: f64) -> String {
    format!("{:.1}", 100.0 * ratio)
}

fn nothing() -> String {
    "–".to_owned()
}

/// A table whose columns line up in a terminal, too: the first to the left, the others to the right.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Table {
        Table {
            rows: vec![head.iter().map(|&name| name.to_owned()).collect()],
        }
    }

    fn row(&mut self, cells: &[String]) {
        // A bar would end the cell.
        self.rows
            .push(cells.iter().map(|cell| cell.replace('|', "\\|")).collect());
    }

    fn finish(self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                // Writing to memory cannot fail.
                let _ = match column {
                    0 => write!(text, "| {cell:<width$} "),
                    _ => write!(text, "| {cell:>width$} "),
                };
            }
            text.push_str("|\n");
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width + 1);
                    text += &if column == 0 {
                        format!("|-{dashes}")
                    } else {
                        format!("|{dashes}:")
                    };
                }
                text.push_str("|\n");
            }
        }
        text
    }
}
