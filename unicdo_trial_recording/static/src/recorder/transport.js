// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Brings cleaned events to the server: in batches with sequence numbers, sent again until answered, without doubles.
 */
import { storedGzip } from "./stored_gzip.js";

/** Waiting times after a failure, in seconds; then it gives up, quietly. */
const PAUSES = [1, 2, 5, 10, 20, 40, 60];
/** Bytes that wait at most while the server is away. */
const MOST_WAITING = 1024 * 1024;
/** Bytes that a page may leave behind when it is left; browsers allow a little more. */
const BEACON_BYTES = 60 * 1024;
/** Answers after which nothing more is sent, and what waits is dropped. */
const FINAL = new Set([400, 403, 410, 413]);

const encode = (text) => new TextEncoder().encode(text);

async function gzip(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

export class Transport {
    /**
     * @param {Object} grant what /recording/begin answered
     * @param {() => Promise<Object|false>} renew asks for another token
     * @param {(why: string) => void} onStop called once, when nothing more will be sent: "refused", "away" or "cap"
     */
    constructor(grant, renew, onStop) {
        this.grant = grant;
        this.renew = renew;
        this.onStop = onStop;
        this.token = grant.token;
        this.next = 0;
        this.lines = [];
        this.bytes = 0;
        this.waiting = [];
        this.sent = 0;
        this.failures = 0;
        this.timer = setInterval(() => this.flush(), grant.limits.batch_seconds * 1000);
    }

    /** Take one cleaned event. */
    add(event) {
        if (this.isStopped) {
            return;
        }
        const line = JSON.stringify(event);
        this.lines.push(line);
        this.bytes += line.length;
        if (this.bytes >= this.grant.limits.batch_bytes) {
            this.flush();
        }
    }

    /** Send what is there. */
    async flush() {
        const batch = this._take();
        if (batch) {
            batch.packed = gzip(batch.plain).then((packed) => (batch.bytes = packed));
        }
        await this._send();
    }

    _take() {
        if (!this.lines.length || this.isStopped) {
            return null;
        }
        const plain = encode(`{"v":1,"events":[${this.lines.join(",")}]}`);
        this.lines = [];
        this.bytes = 0;
        const batch = { seq: this.grant.base + this.next++, plain };
        this.waiting.push(batch);
        if (this.waiting.reduce((sum, { bytes, plain }) => sum + (bytes ?? plain).length, 0) > MOST_WAITING) {
            this._stop("away");
        }
        return batch;
    }

    async _send() {
        if (this.isSending) {
            return;
        }
        this.isSending = true;
        while (this.waiting.length && !this.isStopped) {
            const batch = this.waiting[0];
            await batch.packed;
            if (this.isStopped) {
                break;
            }
            const status = await this._post(batch);
            if (status === 204) {
                this.failures = 0;
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
        this.isSending = false;
    }

    _url({ seq }) {
        return `${this.grant.upload}/${this.grant.recording}/${seq}`;
    }

    _body(packed) {
        return new Blob([encode(`${this.token}\n`), packed], { type: "text/plain" });
    }

    async _post(batch) {
        try {
            const answer = await fetch(this._url(batch), {
                method: "POST",
                body: this._body(batch.bytes),
                credentials: "omit",
                referrerPolicy: "no-referrer",
            });
            return answer.status;
        } catch {
            return 0;
        }
    }

    async _renewToken() {
        const fresh = await this.renew().catch(() => null);
        if (fresh === false) {
            this._stop("refused");
        } else if (fresh) {
            this.token = fresh.token;
        }
        await this._pause();
    }

    async _pause() {
        const seconds = PAUSES[this.failures++];
        if (!seconds) {
            this._stop("away");
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }

    /** The page is being left: hand what is there to the browser, which sends it afterwards. */
    leave() {
        this._take();
        let room = BEACON_BYTES;
        for (const batch of this.waiting.filter((batch) => !batch.isLeft)) {
            const packed = batch.bytes ?? storedGzip(batch.plain);
            room -= packed.length + this.token.length + 1;
            if (room < 0 || !navigator.sendBeacon(this._url(batch), this._body(packed))) {
                break;
            }
            batch.isLeft = true;
            batch.bytes = packed;
            batch.packed = Promise.resolve(packed);
        }
    }

    /** Send the rest and take nothing more. */
    async close() {
        clearInterval(this.timer);
        await this.flush();
        this.isStopped = true;
    }

    /** Forget everything that was not sent, at once. */
    drop() {
        this.isStopped = true;
        clearInterval(this.timer);
        this.lines = [];
        this.waiting = [];
    }

    _stop(why) {
        if (!this.isStopped) {
            this.drop();
            this.onStop(why);
        }
    }
}
