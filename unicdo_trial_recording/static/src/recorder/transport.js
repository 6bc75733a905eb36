// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Brings cleaned events to the server: in batches with sequence numbers, sent again until answered, without doubles.
 */
import { fold } from "./fold.js";
import { storedGzip } from "./stored_gzip.js";

/** Waiting times after a failure, in seconds; then it gives up, quietly. */
const PAUSES = [1, 2, 5, 10, 20, 40, 60];
/** After which a server that says nothing counts as away. */
const ANSWER_SECONDS = 30;
/** Bytes that wait at most while the server is away. */
const MOST_WAITING = 1024 * 1024;
/** Bytes that a page may leave behind when it is left; browsers allow a little more. */
const TAIL_BYTES = 60 * 1024;
/** What is packed and sent without waiting: a page may be left at any moment, and packing takes one. */
const SOON_BYTES = TAIL_BYTES / 2;
/** Answers after which nothing more is sent, and what waits is dropped. */
const FINAL = new Set([400, 403, 410, 413]);

const encode = (text) => new TextEncoder().encode(text);

async function gzip(bytes) {
    // not by way of a Blob, which blocks the page until another process has it
    const stream = new CompressionStream("gzip");
    const writer = stream.writable.getWriter();
    writer.write(bytes);
    writer.close();
    return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

export class Transport {
    /**
     * @param {Object} grant what /recording/begin answered
     * @param {() => Promise<Object|false>} renew asks for another token
     * @param {(why: string) => void} onStop called once, when nothing more will be sent: "refused", "away" or "cap"
     * @param {import("./tail.js").Tail} tail what the page before could not send, and for the page after this one
     */
    constructor(grant, renew, onStop, tail) {
        this.grant = grant;
        this.renew = renew;
        this.onStop = onStop;
        this.token = grant.token;
        this.next = 0;
        this.lines = [];
        this.bytes = 0;
        this.tail = tail;
        this.waiting = tail.take(grant.recording);
        this.sent = 0;
        this.failures = 0;
        this.timer = setInterval(() => this.flush(), grant.limits.batch_seconds * 1000);
    }

    /** Take one cleaned event. */
    add(event) {
        if (this.isStopped) {
            return;
        }
        const line = JSON.stringify(fold(event));
        this.lines.push(line);
        this.bytes += line.length;
        if (this.bytes >= Math.min(this.grant.limits.batch_bytes, SOON_BYTES)) {
            this.flush();
        }
    }

    /** Send what is there; resolves when all of it is sent or nothing more will be. */
    flush() {
        this._take();
        this.sending ||= this._send().finally(() => (this.sending = null));
        return this.sending;
    }

    _take() {
        if (!this.lines.length || this.isStopped) {
            return;
        }
        const plain = encode(`{"v":1,"events":[${this.lines.join(",")}]}`);
        this.lines = [];
        this.bytes = 0;
        this.waiting.push({ seq: this.grant.base + this.next++, plain });
        // only what a server that is away leaves behind: a large page may well be more before it is packed
        if (this.failures && this.waiting.reduce((sum, { bytes, plain }) => sum + (bytes ?? plain).length, 0) > MOST_WAITING) {
            this._stop("away");
        }
    }

    async _send() {
        while (this.waiting.length && !this.isStopped) {
            const batch = this.waiting[0];
            batch.bytes ??= await gzip(batch.plain);
            if (this.isStopped) {
                break;
            }
            const status = await this._post(batch, batch.bytes);
            if (status === 204) {
                this.failures = 0;
                this.isRenewed = false;
                this.sent += batch.bytes.length;
                this.waiting.shift();
                if (this.sent > this.grant.limits.session_bytes) {
                    this._stop("cap");
                }
            } else if (FINAL.has(status)) {
                this._stop("refused");
            } else if (status === 401) {
                await this._renewToken();
            } else {
                await this._pause();
            }
        }
    }

    _url({ seq }) {
        return `${this.grant.upload}/${this.grant.recording}/${seq}`;
    }

    _body(packed) {
        const head = encode(`${this.token}\n`);
        const body = new Uint8Array(head.length + packed.length);
        body.set(head);
        body.set(packed, head.length);
        return body;
    }

    async _post(batch, packed, options = { signal: AbortSignal.timeout(ANSWER_SECONDS * 1000) }) {
        try {
            const answer = await fetch(this._url(batch), {
                method: "POST",
                headers: { "Content-Type": "text/plain" },
                body: this._body(packed),
                credentials: "omit",
                referrerPolicy: "no-referrer",
                redirect: "error",
                ...options,
            });
            return answer.status;
        } catch {
            return 0;
        }
    }

    /**
     * Ask for another token.
     * @returns {Promise<boolean|null>} false: the recording is over; null: the server is away
     */
    async refresh() {
        const fresh = await this.renew().catch(() => null);
        this.token = fresh?.token ?? this.token;
        return fresh && true;
    }

    async _renewToken() {
        const isOpen = await this.refresh();
        if (isOpen === false) {
            this._stop("refused");
        } else if (!isOpen || this.isRenewed) {
            await this._pause();
        }
        this.isRenewed = true;
    }

    async _pause() {
        const seconds = PAUSES[this.failures++];
        if (!seconds || this.isClosing) {
            this._stop("away");
            return;
        }
        await new Promise((resolve) => {
            this.wake = resolve;
            setTimeout(resolve, seconds * 1000);
        });
    }

    /**
     * The page is being left: hand what is there to the browser, which sends it afterwards. Should the page stay after all,
     * it is sent once more, under the same numbers, and so does the next page of the tab. A beacon would do the same, but tells
     * cookies and the page's address.
     */
    leave() {
        this._take();
        let room = TAIL_BYTES;
        const left = [];
        for (const batch of this.waiting) {
            const packed = batch.bytes ?? storedGzip(batch.plain);
            room -= packed.length + this.token.length + 1;
            if (room < 0) {
                break;
            }
            left.push([batch.seq, packed]);
            if (!batch.isLeft) {
                batch.isLeft = true;
                this._post(batch, packed, { keepalive: true });
            }
        }
        this.tail.keep(this.grant.recording, left);
    }

    /** Send the rest, with one try, and take nothing more. */
    async close() {
        clearInterval(this.timer);
        this.isClosing = true;
        this.flush();
        this.wake?.();
        await this.sending;
        this.drop();
    }

    /** Forget everything that was not sent, at once. */
    drop() {
        this.isStopped = true;
        clearInterval(this.timer);
        this.lines = [];
        this.waiting = [];
        this.tail.keep(this.grant.recording, []);
        this.wake?.();
    }

    _stop(why) {
        if (!this.isStopped) {
            this.drop();
            this.onStop(why);
        }
    }
}
