//! Content files: the bytes of objects and parts, one immutable file per write, named by random ids.
//!
//! A file counts only once the index refers to it. Until then a [`Draft`] guards it: dropped, it takes
//! the file along. A file that the index no longer refers to is unlinked once the readers of its
//! version are done, and what a crash left behind is found by comparing the folder with the index.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

/// Bytes read or written at a time: large enough that handing them to a blocking thread costs nothing.
const CHUNK: usize = 1024 * 1024;

/// Pieces gathered into one write at most (IOV_MAX is 1,024 on Linux).
const MAX_PIECES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ContentId(Uuid);

impl ContentId {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }

    /// Names the first of the two levels of folders.
    fn shard(&self) -> u8 {
        self.0.as_bytes()[0]
    }
}

/// Sees the bytes of a write pass, on a blocking thread.
pub trait Digest: Send + 'static {
    fn update(&mut self, data: &[u8]);
}

/// For writes that need no digest.
impl Digest for () {
    fn update(&mut self, _data: &[u8]) {}
}

/// The folder of content files.
pub(crate) struct Contents {
    root: PathBuf,
    sync: bool,
    drafts: Mutex<HashSet<ContentId>>,
    readers: Mutex<HashMap<i64, Readers>>,
    /// Held shared from looking a version up until it is pinned, and alone while deciding whether a
    /// version that the index dropped still has readers: nobody can slip in between.
    lookup: RwLock<()>,
}

/// Readers of one version of an object.
#[derive(Default)]
struct Readers {
    count: usize,
    /// Unlinked when the last one is done.
    doomed: Vec<ContentId>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section is a single collection operation, whole even if its thread panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Contents {
    /// Creates the folders. `sync`: whether content is flushed to the disk before it may be referred to.
    pub(crate) fn open(root: PathBuf, sync: bool) -> io::Result<Arc<Self>> {
        for shard in 0..=u8::MAX {
            fs::create_dir_all(root.join(format!("{shard:02x}")))?;
        }
        if sync {
            File::open(&root)?.sync_all()?;
        }
        Ok(Arc::new(Self {
            root,
            sync,
            drafts: Mutex::default(),
            readers: Mutex::default(),
            lookup: RwLock::new(()),
        }))
    }

    fn folder(&self, shard: u8) -> PathBuf {
        self.root.join(format!("{shard:02x}"))
    }

    fn path(&self, id: ContentId) -> PathBuf {
        self.folder(id.shard()).join(id.0.simple().to_string())
    }

    fn draft(self: &Arc<Self>) -> Draft {
        let id = ContentId(Uuid::new_v4());
        lock(&self.drafts).insert(id);
        Draft {
            contents: self.clone(),
            id,
            length: 0,
            kept: false,
        }
    }

    /// Begins a content file; it is created with the first bytes.
    pub(crate) fn writer<D: Digest>(self: &Arc<Self>, digest: D) -> ContentWriter<D> {
        let sink = Sink {
            draft: self.draft(),
            file: None,
            digest,
        };
        ContentWriter {
            pending: Vec::new(),
            pending_bytes: 0,
            sink: Some(sink),
            busy: None,
        }
    }

    /// Another name for the same bytes, so that copying costs nothing; a real copy where the file
    /// system has no hard links.
    pub(crate) fn link(self: &Arc<Self>, source: ContentId, length: u64) -> io::Result<Draft> {
        let mut draft = self.draft();
        draft.length = length;
        let (from, to) = (self.path(source), self.path(draft.id));
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to)?;
        }
        self.sync_file(&File::open(&to)?, draft.id)?;
        Ok(draft)
    }

    fn sync_file(&self, file: &File, id: ContentId) -> io::Result<()> {
        if self.sync {
            file.sync_data()?;
            File::open(self.folder(id.shard()))?.sync_all()?;
        }
        Ok(())
    }

    /// Hold it from looking a version up until [`Contents::pin`].
    pub(crate) async fn lookup(&self) -> RwLockReadGuard<'_, ()> {
        self.lookup.read().await
    }

    /// Keeps the files of `version` until the pin is dropped. The guard shows that the version was
    /// looked up in this critical section.
    pub(crate) fn pin(self: &Arc<Self>, version: i64, _lookup: &RwLockReadGuard<'_, ()>) -> ReadPin {
        lock(&self.readers).entry(version).or_default().count += 1;
        ReadPin {
            contents: self.clone(),
            version,
        }
    }

    /// Unlinks the files of versions that the index has dropped, now or after their last reader.
    pub(crate) async fn retire(self: &Arc<Self>, dropped: Vec<(i64, ContentId)>) {
        if dropped.is_empty() {
            return;
        }
        let now: Vec<_> = {
            let _alone = self.lookup.write().await;
            let mut readers = lock(&self.readers);
            dropped
                .into_iter()
                .filter_map(|(version, id)| match readers.get_mut(&version) {
                    Some(readers) => {
                        readers.doomed.push(id);
                        None
                    }
                    None => Some(id),
                })
                .collect()
        };
        self.unlink(now);
    }

    /// Unlinks files nobody refers to, off the async threads.
    pub(crate) fn unlink(self: &Arc<Self>, ids: Vec<ContentId>) {
        if ids.is_empty() {
            return;
        }
        let contents = self.clone();
        let work = move || {
            for id in ids {
                if let Err(error) = fs::remove_file(contents.path(id)) {
                    // It stays as an orphan, for the next sweep.
                    tracing::warn!(%error, content = %id.0.simple(), "could not remove a content file");
                }
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(work)),
            Err(_) => work(),
        }
    }

    /// Files of one folder last written at least `age` ago that no draft guards. Blocking.
    pub(crate) fn candidates(&self, shard: u8, age: Duration) -> io::Result<Vec<ContentId>> {
        let now = SystemTime::now();
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder(shard))? {
            let entry = entry?;
            let Some(id) = content_id(&entry.path()) else { continue };
            let Ok(written) = entry.metadata().and_then(|meta| meta.modified()) else {
                continue;
            };
            if now.duration_since(written).unwrap_or_default() >= age {
                found.push(id);
            }
        }
        let drafts = lock(&self.drafts);
        found.retain(|id| !drafts.contains(id));
        drop(drafts);
        let readers = lock(&self.readers);
        found.retain(|id| !readers.values().any(|reading| reading.doomed.contains(id)));
        Ok(found)
    }
}

fn content_id(path: &Path) -> Option<ContentId> {
    let name = path.file_name()?.to_str()?;
    Uuid::try_parse(name).ok().map(ContentId)
}

/// A content file that the index does not refer to yet.
pub struct Draft {
    contents: Arc<Contents>,
    id: ContentId,
    length: u64,
    kept: bool,
}

impl Draft {
    /// Bytes. A draft of none has no file.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn id(&self) -> ContentId {
        self.id
    }

    /// To be called when the transaction that refers to the file is about to commit: from then on
    /// only the index can tell whether the file is in use, even when the commit's answer is lost.
    pub(crate) fn keep(mut self) -> Committing {
        self.kept = true;
        Committing { _draft: self }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept && self.length > 0 {
            self.contents.unlink(vec![self.id]);
        }
        lock(&self.contents.drafts).remove(&self.id);
    }
}

/// Keeps sweeps away from a file while the transaction that refers to it commits.
pub(crate) struct Committing {
    _draft: Draft,
}

/// While it lives, the files of a version stay.
pub(crate) struct ReadPin {
    contents: Arc<Contents>,
    version: i64,
}

impl Drop for ReadPin {
    fn drop(&mut self) {
        let mut readers = lock(&self.contents.readers);
        let Some(reading) = readers.get_mut(&self.version) else {
            return;
        };
        reading.count -= 1;
        if reading.count == 0 {
            let doomed = readers.remove(&self.version).map(|reading| reading.doomed);
            drop(readers);
            self.contents.unlink(doomed.unwrap_or_default());
        }
    }
}

/// Appends to a content file. One write of about [`CHUNK`] bytes is under way while the next gathers.
pub struct ContentWriter<D> {
    pending: Vec<Bytes>,
    pending_bytes: usize,
    /// Here when idle, in the task when busy.
    sink: Option<Sink<D>>,
    busy: Option<JoinHandle<io::Result<Sink<D>>>>,
}

/// Owns the draft, so that a writer dropped in the middle of a write takes the file along after it.
struct Sink<D> {
    draft: Draft,
    file: Option<File>,
    digest: D,
}

impl<D: Digest> Sink<D> {
    fn append(mut self, pieces: &[Bytes]) -> io::Result<Self> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => File::create_new(self.draft.contents.path(self.draft.id))?,
        };
        for piece in pieces {
            self.draft.length += piece.len() as u64;
            self.digest.update(piece);
        }
        write_all(&mut file, pieces)?;
        self.file = Some(file);
        Ok(self)
    }

    fn finish(self) -> io::Result<(Draft, D)> {
        if let Some(file) = self.file {
            self.draft.contents.sync_file(&file, self.draft.id)?;
        }
        Ok((self.draft, self.digest))
    }
}

impl<D: Digest> ContentWriter<D> {
    /// Appends; waits while a full write is under way.
    pub async fn write(&mut self, chunk: Bytes) -> io::Result<()> {
        if chunk.is_empty() {
            return Ok(());
        }
        self.pending_bytes += chunk.len();
        self.pending.push(chunk);
        if self.pending_bytes >= CHUNK || self.pending.len() >= MAX_PIECES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Waits for the write under way, then starts the next.
    async fn flush(&mut self) -> io::Result<()> {
        let sink = self.idle().await?;
        let pieces = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        if pieces.is_empty() {
            self.sink = Some(sink);
        } else {
            self.busy = Some(spawn_blocking(move || sink.append(&pieces)));
        }
        Ok(())
    }

    async fn idle(&mut self) -> io::Result<Sink<D>> {
        if let Some(busy) = &mut self.busy {
            let done = busy.await;
            self.busy = None;
            self.sink = Some(done.map_err(io::Error::other)??);
        }
        self.sink
            .take()
            .ok_or_else(|| io::Error::other("an earlier write failed"))
    }

    /// Ends the file, flushed to the disk if so configured.
    pub async fn finish(mut self) -> io::Result<(Draft, D)> {
        self.flush().await?;
        let sink = self.idle().await?;
        spawn_blocking(move || sink.finish()).await.map_err(io::Error::other)?
    }
}

fn write_all(file: &mut File, pieces: &[Bytes]) -> io::Result<()> {
    if let [piece] = pieces {
        return file.write_all(piece);
    }
    let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Some bytes of a content file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) content: ContentId,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Streams bytes of an object in chunks of up to 1 MiB, reading one ahead. What it streams stays the
/// version that was opened, even when the object is overwritten or removed meanwhile.
pub struct ContentStream {
    /// Bytes not yet given out.
    remaining: u64,
    source: Option<Source>,
    reading: Option<JoinHandle<(Source, io::Result<Bytes>)>>,
    _pin: ReadPin,
}

struct Source {
    contents: Arc<Contents>,
    extents: VecDeque<Extent>,
    current: Option<(File, u64)>,
}

impl ContentStream {
    pub(crate) fn new(contents: Arc<Contents>, extents: VecDeque<Extent>, pin: ReadPin) -> Self {
        let remaining = extents.iter().map(|extent| extent.length).sum();
        let source = Source {
            contents,
            extents,
            current: None,
        };
        Self {
            remaining,
            source: Some(source),
            reading: None,
            _pin: pin,
        }
    }

    /// Bytes still to come.
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    fn start(&mut self, unread: u64) {
        if let Some(mut source) = self.source.take()
            && unread > 0
        {
            self.reading = Some(spawn_blocking(move || {
                let chunk = source.read_chunk();
                (source, chunk)
            }));
        }
    }
}

impl Stream for ContentStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        if self.reading.is_none() {
            let unread = self.remaining;
            self.start(unread);
        }
        let Some(reading) = &mut self.reading else {
            // A read failed before: the stream has ended.
            return Poll::Ready(None);
        };
        let done = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        match done {
            Ok((source, Ok(chunk))) => {
                self.remaining -= chunk.len() as u64;
                self.source = Some(source);
                let unread = self.remaining;
                self.start(unread);
                Poll::Ready(Some(Ok(chunk)))
            }
            Ok((_, Err(error))) => Poll::Ready(Some(Err(error))),
            Err(panicked) => Poll::Ready(Some(Err(io::Error::other(panicked)))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = usize::try_from(self.remaining).ok();
        (usize::from(self.remaining > 0), most)
    }
}

impl Source {
    fn read_chunk(&mut self) -> io::Result<Bytes> {
        let (mut file, left) = match self.current.take() {
            Some(current) => current,
            None => {
                let extent = self.extents.pop_front().ok_or(io::ErrorKind::UnexpectedEof)?;
                let mut file = File::open(self.contents.path(extent.content))?;
                if extent.offset > 0 {
                    file.seek(SeekFrom::Start(extent.offset))?;
                }
                (file, extent.length)
            }
        };
        let wanted = left.min(CHUNK as u64);
        let mut chunk = Vec::with_capacity(wanted as usize);
        (&mut file).take(wanted).read_to_end(&mut chunk)?;
        if (chunk.len() as u64) < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if left > wanted {
            self.current = Some((file, left - wanted));
        }
        Ok(chunk.into())
    }
}
