// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Compares two pictures of one size by the lightness of small cells. What stands a cell further on is the same: boxes may be
 * as far apart.
 *
 * @param {string[]} pictures two PNGs in base64
 * @param {number} size of a cell, pixels
 * @param {number} slack by which lightness (0 to 255) may differ
 * @returns {Promise<Object>} `cells`, `different`, and of those cells that are not in the middle of a plain surface: `drawn`,
 *     `drawnDifferent`
 */
async (pictures, size, slack) => {
    async function cells(base64) {
        const bytes = Uint8Array.from(window.atob(base64), (sign) => sign.charCodeAt(0));
        const bitmap = await window.createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const [width, height] = [Math.floor(bitmap.width / size), Math.floor(bitmap.height / size)];
        const context = new window.OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const light = new Float32Array(width * height);
        for (let y = 0; y < height * size; y++) {
            for (let x = 0; x < width * size; x++) {
                const i = 4 * (y * bitmap.width + x);
                const one = 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
                light[Math.floor(y / size) * width + Math.floor(x / size)] += one / size ** 2;
            }
        }
        return { light, width, height };
    }

    function around({ light, width, height }, x, y) {
        const near = [];
        for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, height - 1); j++) {
            for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, width - 1); i++) {
                near.push(light[j * width + i]);
            }
        }
        return [Math.min(...near), Math.max(...near)];
    }

    const [one, other] = await Promise.all(pictures.map(cells));
    const found = { cells: one.light.length, different: 0, drawn: 0, drawnDifferent: 0 };
    for (let y = 0; y < one.height; y++) {
        for (let x = 0; x < one.width; x++) {
            const place = y * one.width + x;
            const pairs = [[one, around(other, x, y)], [other, around(one, x, y)]];
            const isDifferent = pairs.some(
                ([{ light }, [low, high]]) => light[place] < low - slack || light[place] > high + slack
            );
            const isDrawn = pairs.some(([, [low, high]]) => high - low > slack);
            found.different += isDifferent;
            found.drawn += isDrawn;
            found.drawnDifferent += isDifferent && isDrawn;
        }
    }
    return found;
};
