import { Worker } from 'node:worker_threads';
import { CohearError } from '../errors/index.js';
import { WORKER_PROGRAM, type WorkerReply, type WorkerRequest, type WorkerSettings } from './onnx-worker.js';

/** One encoder thread, answering one request at a time. It does not keep the process alive while idle. */
class Session {
  private readonly worker: Worker;
  private waiting: { resolve: (reply: WorkerReply) => void; reject: (error: Error) => void } | undefined;
  private ended: Error | undefined;

  private constructor(private readonly settings: WorkerSettings) {
    this.worker = new Worker(WORKER_PROGRAM, { eval: true, workerData: settings, name: 'cohear-encoder' });
    this.worker.on('message', (reply: WorkerReply) => this.settle((w) => w.resolve(reply)));
    const end = (error: Error) => {
      this.ended ??= error;
      this.settle((w) => w.reject(error));
    };
    this.worker.on('error', (error) =>
      end(new CohearError('ERR_INTERNAL', `encoder thread: ${error.message}`, { cause: error })),
    );
    this.worker.on('exit', () => end(new CohearError('ERR_CLOSED', 'the text encoder was closed')));
  }

  static async start(settings: WorkerSettings): Promise<Session> {
    const session = new Session(settings);
    await session.reply();
    return session;
  }

  private settle(how: (waiting: NonNullable<Session['waiting']>) => void): void {
    const { waiting } = this;
    this.waiting = undefined;
    this.worker.unref();
    if (waiting) how(waiting);
  }

  private async reply(): Promise<WorkerReply> {
    if (this.ended) throw this.ended;
    const reply = await new Promise<WorkerReply>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.ref();
    });
    if (reply.kind !== 'failed') return reply;
    if (reply.code === 'ERR_MISSING')
      throw new CohearError(
        'ERR_MISSING',
        `the package onnxruntime-node cannot be loaded; run \`npm install onnxruntime-node\`, or use the encoder "hashing". Cause: ${reply.message}`,
      );
    throw new CohearError(
      reply.code,
      `${this.settings.model}: not a usable sentence encoder: ${reply.message}`,
    );
  }

  async run(request: WorkerRequest): Promise<Float32Array> {
    if (this.ended) throw this.ended;
    this.worker.postMessage(request, [request.ids.buffer]);
    const reply = await this.reply();
    return reply.kind === 'rows' ? reply.rows : new Float32Array(0);
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Encoder threads, started when first needed and kept until close(). */
export class SessionPool {
  private readonly sessions: Promise<Session>[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly settings: WorkerSettings) {}

  /**
   * Does tasks 0 .. count - 1 on up to `threads` sessions; a free session takes the next task, so which session
   * does which is left to chance, and results must not depend on it. One call works at a time, others wait.
   */
  run(
    count: number,
    threads: number,
    request: (task: number) => WorkerRequest,
    done: (task: number, rows: Float32Array) => void,
  ): Promise<void> {
    const work = this.queue.then(() => this.work(count, threads, request, done));
    this.queue = work.catch(() => {});
    return work;
  }

  private async work(
    count: number,
    threads: number,
    request: (task: number) => WorkerRequest,
    done: (task: number, rows: Float32Array) => void,
  ): Promise<void> {
    if (this.closed) throw new CohearError('ERR_CLOSED', 'the text encoder was closed');
    const wanted = Math.min(count, threads);
    while (this.sessions.length < wanted) this.sessions.push(Session.start(this.settings));
    let next = 0;
    const lanes = this.sessions.slice(0, wanted).map(async (starting) => {
      try {
        const session = await starting;
        while (next < count) {
          const task = next++;
          done(task, await session.run(request(task)));
        }
      } catch (error) {
        next = count; // the other lanes stop after the batch in hand
        throw error;
      }
    });
    const results = await Promise.allSettled(lanes);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      await this.drop(); // a session that failed to start must not be found again
      throw failed.reason;
    }
  }

  private async drop(): Promise<void> {
    const sessions = await Promise.allSettled(this.sessions.splice(0));
    await Promise.all(sessions.map((s) => (s.status === 'fulfilled' ? s.value.close() : undefined)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }
}
