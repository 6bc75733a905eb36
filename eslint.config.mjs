// SPDX-License-Identifier: LGPL-3.0-or-later
const browser = Object.fromEntries(
    [
        "window document navigator location history console fetch URL URLSearchParams FormData Blob File Event",
        "CustomEvent MutationObserver IntersectionObserver AbortController HTMLElement HTMLFormElement HTMLInputElement Node Element Document ShadowRoot setTimeout",
        "clearTimeout setInterval clearInterval requestAnimationFrame localStorage sessionStorage crypto",
        "CompressionStream DecompressionStream atob btoa Response AbortSignal TextEncoder TextDecoder DOMParser XMLHttpRequest performance odoo luxon",
    ]
        .join(" ")
        .split(" ")
        .map((name) => [name, "readonly"])
);

export default [
    { ignores: ["**/static/lib/**", "**/node_modules/**", ".state/**", "dist/**"] },
    {
        files: ["unicdo_*/static/**/*.js", "tests/**/*.js"],
        languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: browser },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            "array-callback-return": "error",
            complexity: ["error", 10],
            "constructor-super": "error",
            curly: "error",
            eqeqeq: "error",
            "max-len": ["error", { code: 130, ignoreUrls: true }],
            "no-alert": "error",
            "no-cond-assign": "error",
            "no-console": "error",
            "no-const-assign": "error",
            "no-debugger": "error",
            "no-dupe-args": "error",
            "no-dupe-class-members": "error",
            "no-dupe-keys": "error",
            "no-duplicate-imports": "error",
            "no-empty": "error",
            "no-eval": "error",
            "no-fallthrough": "error",
            "no-implied-eval": "error",
            "no-import-assign": "error",
            "no-new-func": "error",
            "no-redeclare": "error",
            "no-self-assign": "error",
            "no-this-before-super": "error",
            "no-undef": "error",
            "no-unreachable": "error",
            "no-unused-vars": "error",
            "no-useless-escape": "error",
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
            "prefer-template": "error",
            "use-isnan": "error",
            "valid-typeof": "error",
        },
    },
];
