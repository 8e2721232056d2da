//! What can be wrong with training data.

/// Training data that cannot be used. Says where and why, never what the data say.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A line breaks a rule.
    #[error("line {line}: {rule}")]
    Invalid {
        /// The line, from 1, as editors count. A row of several lines is named by its first, unless the fault lies in
        /// another.
        line: u64,
        /// What is wrong with it.
        rule: Rule,
    },
    /// The bytes cannot be had.
    #[error("read the training data")]
    Read(#[from] std::io::Error),
}

impl DataError {
    pub(crate) fn at(line: u64, rule: Rule) -> DataError {
        DataError::Invalid { line, rule }
    }
}

/// A rule that a line of training data breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// Bytes that are not UTF-8.
    #[error("the file must be encoded in UTF-8")]
    NotUtf8,
    /// An opening quotation mark without its counterpart.
    #[error("the quotation mark that opens a field here is never closed")]
    UnclosedQuote,
    /// Text between a closing quotation mark and the next comma or line break.
    #[error(
        "a quoted field must end at its closing quotation mark; a quotation mark inside such a field is written twice"
    )]
    TextAfterQuote,
    /// A row longer than the reader's limit.
    #[error("the row that begins here is longer than {limit} bytes; perhaps a quotation mark is missing")]
    RowTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A row with another number of columns.
    #[error("the row must have {expected} columns; a field with commas or line breaks needs quotation marks around it")]
    Columns {
        /// How many there should be, in words: `2`, `2 or 3`.
        expected: &'static str,
    },
    /// No label, or an empty one between two delimiters.
    #[error("a label is empty")]
    EmptyLabel,
    /// A label beyond the limit of the API.
    #[error("a label is longer than {limit} characters")]
    LabelTooLong {
        /// The limit in characters.
        limit: usize,
    },
    /// A line break or another control character in a label.
    #[error("a label holds a line break or another control character")]
    ControlInLabel,
    /// The class that would be one too many.
    #[error("this is one class more than the {limit} that a model can have")]
    TooManyClasses {
        /// The limit.
        limit: usize,
    },
    /// A label that the model's configuration does not name.
    #[error("the label is none of those that the model was set up with")]
    UnknownLabel,
    /// A page number that is none.
    #[error("the page must be a number from 1")]
    Page,
    /// A page that the document does not have.
    #[error("the page is beyond the end of the document, which has {pages} pages")]
    PageBeyondEnd {
        /// How many it has.
        pages: usize,
    },
    /// A row about a file that is not among the documents.
    #[error("there is no document of this name")]
    UnknownDocument,
    /// A first line without the names of the columns.
    #[error("the first line must name the columns: {expected}")]
    Header {
        /// The names, as the guide has them.
        expected: &'static str,
    },
    /// A type of entities that cannot be one.
    #[error(
        "an entity type has 1 to 64 characters, none of them a line break, tab or comma; \
         upper-case words joined by underscores are usual"
    )]
    EntityType,
    /// The types would be more than a model can have.
    #[error("this is one entity type more than the {limit} that a model can have")]
    TooManyTypes {
        /// The limit.
        limit: usize,
    },
    /// The text of an entity that is missing or too long.
    #[error("the text of an entity has 1 to {limit} characters")]
    EntityText {
        /// The limit in characters.
        limit: usize,
    },
    /// A list of more entities than can be used.
    #[error("the list has more than {limit} entities")]
    TooManyEntities {
        /// The limit.
        limit: usize,
    },
    /// More annotations than can be used.
    #[error("this is one annotation more than the {limit} that a training can have")]
    TooManyAnnotations {
        /// The limit.
        limit: usize,
    },
    /// Names or texts that are needed as a whole, and are too long together.
    #[error("the {what} up to here have more than {limit} bytes together")]
    TooManyBytes {
        /// What is counted, in words: `texts of entities`.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// No name of a file.
    #[error("the name of the file is missing")]
    FileName,
    /// A line number or offset that is no whole number from 0.
    #[error("{column} must be a whole number from 0")]
    Number {
        /// The column.
        column: &'static str,
    },
    /// Line numbers where each file is one document.
    #[error("with one document per file the column Line is left out, and offsets count from the start of the file")]
    LineInFile,
    /// An annotation that ends before it begins.
    #[error("the end offset must be greater than the begin offset")]
    OffsetOrder,
    /// An annotation beyond the end of its document.
    #[error("the end offset lies beyond the end of the document, which has {length} characters")]
    OffsetBeyondEnd {
        /// Length of the document in characters.
        length: usize,
    },
    /// An annotation of white space.
    #[error("the offsets mark nothing but white space")]
    OffsetsOfSpace,
    /// A line of a manifest that is not an object.
    #[error("the line must be a JSON object")]
    NotAnObject,
    /// A line without a document.
    #[error("the line must have the document in \"source\", or where it lies in \"source-ref\"")]
    NoSource,
    /// No line has any of the attributes.
    #[error("no line up to this last one has any of the attributes that hold the labels")]
    NoAttribute,
    /// A file of annotations that is none.
    #[error(
        "the file must be what the annotation tool writes for a page: a JSON object with \"Blocks\" and \"Entities\""
    )]
    AnnotationFile,
    /// An entity of a page without blocks, or of blocks that the page does not have.
    #[error("an entity must refer to words or lines among the blocks of its page")]
    EntityPlace,
    /// Annotation files of different words for one page.
    #[error("the file has other words than that of another attribute for the same page")]
    OtherWords,
    /// An attribute that does not look as the labelling job of its kind leaves it.
    #[error("the attribute {expected}")]
    Attribute {
        /// What it must be.
        expected: &'static str,
    },
}
