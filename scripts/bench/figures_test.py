"""The maths of the tables, on a recorded run of two rounds (recorded.json; on a busy machine, so it says nothing of speed)."""
import json
import pathlib
import unittest

import document
import figures
import goals
import long

RECORDED = pathlib.Path(__file__).with_name("recorded.json")


class FiguresTest(unittest.TestCase):
    def setUp(self):
        self.results = json.loads(RECORDED.read_text())
        self.of = figures.Figures(self.results)

    def goal(self, beginning):
        [goal] = [goal for goal in goals.judged(self.of) if goal.what.startswith(beginning)]
        return goal

    def test_a_rate_is_the_median_of_the_rounds(self):
        one, other = 2463 / 1.015991, 1991 / 1.020412
        self.assertAlmostEqual(self.of.rate("up", "64"), (one + other) / 2)
        self.assertEqual(self.of.rates("up", "64"), [other, one])

    def test_a_ratio_is_of_one_round(self):
        # Of the medians it would be another one: 0.152, and 0.355.
        self.assertAlmostEqual(self.of.to_echo("up", "64"), (2424.23 / 14064.90 + 1951.17 / 14763.86) / 2, places=4)
        self.assertAlmostEqual(self.of.to_go("SQLite + Kafka", "1"), (195.11 / 472.72 + 217.61 / 690.88) / 2, places=4)

    def test_there_is_no_ratio_to_what_was_not_measured(self):
        self.assertIsNone(self.of.to_echo("echo in C", "64"))
        self.assertIsNone(self.of.to_go("up", "64"))
        self.assertIsNone(self.of.to_go("PostgreSQL + Kafka", "64"))

    def test_a_round_that_only_one_of_two_has_is_in_no_ratio(self):
        self.results["cells"] = [
            one for one in self.results["cells"] if (one["system"], one["round"]) != ("Go: SQLite + Kafka", 1)]
        self.assertAlmostEqual(
            figures.Figures(self.results).to_go("SQLite + Kafka", "1"), 217.61 / 690.88, places=4)

    def test_processor_time_is_by_role_and_ours_is_without_broker_and_load(self):
        spent = self.of.cpu("SQLite + Kafka", "1")
        self.assertEqual(set(spent), {"order", "inventory", "notification", "broker", "load"})
        self.assertAlmostEqual(spent["broker"], (770_000 / 197 + 760_000 / 222) / 2)
        self.assertAlmostEqual(self.of.own_cpu("SQLite + Kafka", "1"), (570_000 / 197 + 580_000 / 222) / 2)

    def test_memory_is_the_most_that_was_seen(self):
        self.assertAlmostEqual(self.of.resident("SQLite + Kafka")["order"], 84.586496)

    def test_times_are_milliseconds_and_absent_where_nothing_was_counted(self):
        self.assertAlmostEqual(self.of.milliseconds("up", "open", "told", "p99"), (49.0 + 38.01) / 2)
        self.assertIsNone(self.of.milliseconds("echo in C", "open", "told", "p99"))

    def test_goals_pass_fail_or_were_not_measured(self):
        self.assertEqual(self.goal("`up`, 64 conn.: of the echo").verdict, "pass")
        self.assertEqual(self.goal("`up`, 1 conn.: of the echo").verdict, "FAIL")
        self.assertEqual(self.goal("`up`, 256 conn.: of the echo").verdict, "not measured")
        self.assertEqual(self.goal("up, 1,000/s open-loop: confirmed").verdict, "pass")
        self.assertEqual(self.goal("SQLite + Kafka: resident").verdict, "FAIL")

    def test_the_program_before_is_compared_round_by_round(self):
        for one in [one for one in self.results["cells"] if one["system"] == "up"]:
            before = json.loads(json.dumps(one)) | {"system": "up (before)"}
            for process in before["report"]["processes"]:
                process["cpu_ms"] *= 4
            self.results["cells"].append(before)
        self.of = figures.Figures(self.results)
        goal = self.goal("`up`, 1 conn.: CPU an order")
        self.assertAlmostEqual(goal.value, 0.25)
        self.assertEqual(goal.verdict, "pass")

    def test_what_grows_is_seen(self):
        self.assertAlmostEqual(long.grown([20] * 50 + [40] * 50, floor=10), 2)
        self.assertAlmostEqual(long.grown([100] * 10 + [20] * 90, floor=10), 1)  # it got going
        self.assertAlmostEqual(long.grown([2] * 50 + [8] * 50, floor=10), 1)  # both are little
        self.assertIsNone(long.grown([1, 2], floor=10))

    def test_the_document_has_all_that_was_measured(self):
        self.results["left_out"] = {"FastAPI": "peer-fastapi is not among the peers"}
        self.results["cells"][0]["report"]["measured"]["failed"]["reset"] = 3
        text = document.text(self.results)
        for line in (
            "| up, 1,000/s open-loop: confirmed → told, p99 | ≤ 50.0 ms | 43.5 ms | pass |",
            "| up | 2,188 | 1,951–2,424 | 24.73 | 72.85 | 0.152 | – | 42 | 107 |",
            "- left out: FastAPI: peer-fastapi is not among the peers",
            "- echo in C, 1, round 1: 3 not accepted",
        ):
            self.assertIn(line, text)
        self.assertNotIn("## 256 connections", text)


if __name__ == "__main__":
    unittest.main()
