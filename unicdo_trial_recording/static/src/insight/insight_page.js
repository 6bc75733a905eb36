// SPDX-License-Identifier: LGPL-3.0-or-later
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useState } from "@odoo/owl";

/** What recordings show together. */
export class RecordingInsight extends Component {
    static template = "unicdo_trial_recording.Insight";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.screens = [
            ["desktop", _t("Desktop")],
            ["tablet", _t("Tablet or small window")],
            ["phone", _t("Phone")],
        ];
        this.state = useState({ trial: false, screen: false, overview: null, place: null, heat: null });
        onWillStart(() => this.load());
    }

    get filter() {
        return { trial: this.state.trial, screen: this.state.screen };
    }

    async load() {
        this.state.overview = await this.orm.call("unicdo.recording.insight", "get_overview", [], this.filter);
        const { places } = this.state.overview;
        const same = (place) => this.isChosen(place);
        await this.choose(places.find(same) || places.find((place) => place.clicks) || places[0] || null);
    }

    change(name, value) {
        this.state[name] = name === "trial" ? Number(value) || false : value || false;
        return this.load();
    }

    isChosen(place) {
        return this.state.place?.model === place.model && this.state.place?.view === place.view;
    }

    async choose(place) {
        this.state.place = place;
        this.state.heat =
            place && (await this.orm.call("unicdo.recording.insight", "get_heat", [place.model, place.view], this.filter));
    }

    /** Of all sessions, in whole per cent. */
    share(step) {
        const all = this.state.overview.steps[0].count;
        return all ? Math.round((100 * step.count) / all) : 0;
    }

    clock(seconds) {
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }

    few(count) {
        return count === null ? "<5" : count;
    }

    get tall() {
        return this.state.screen === "phone";
    }

    get cells() {
        const { cells } = this.state.heat;
        const most = Math.max(1, ...cells.map((cell) => cell[2]));
        return cells.map(([column, row, clicks, rage]) => ({
            column, row, rage, key: `${column}:${row}`, title: _t("%s clicks", clicks), heat: 0.25 + (0.75 * clicks) / most,
        }));
    }

    openRecordings(place) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: `${place.model} · ${place.view}`,
            res_model: "unicdo.recording",
            views: [[false, "list"], [false, "kanban"], [false, "form"]],
            domain: [["visit_ids", "any", [["model", "=", place.model], ["view", "=", place.view]]]],
        });
    }
}

registry.category("actions").add("unicdo_recording_insight", RecordingInsight);
