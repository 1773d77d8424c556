package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Quotes, order and folding as istioctl's writer has them; every expectation is from it. */
class YamlTextTest {
    private static String yaml(String json) throws IOException {
        StringWriter out = new StringWriter();
        YamlText.write(Dump.readAll(ConfigRun.stream(json)), out);
        return out.toString();
    }

    private static String value(String text) throws IOException {
        StringWriter out = new StringWriter();
        YamlText.write(new JsonObject(new String[] {"k"}, new Object[] {text}), out);
        return out.toString().replaceFirst("^k: ", "").replaceFirst("\n\n$", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "~",
                "null",
                "Null",
                "y",
                "N",
                "yes",
                "No",
                "on",
                "OFF",
                "true",
                "False",
                "0",
                "-1",
                "+1",
                "017",
                "1_000",
                "0x1F",
                "0b101",
                "0o17",
                "12e03",
                "1.5",
                "1.",
                ".5",
                "-.inf",
                ".NaN",
                "702668831864046022984974261180260194227758183019",
                "2026-11-23T23:47:30Z",
                "2026-11-23",
                "2026-1-2 3:4:5",
                "2026-11-23t23:47:30.5+02:00",
                "1:30",
                "22:22:59.9"
            })
    void whatWouldBeSomethingElseIsInDoubleQuotes(String text) throws IOException {
        assertThat(value(text)).isEqualTo('"' + text + '"');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bookinfo",
                "10.4.21.11",
                "/10.4.21.11",
                "10.244.1.13:9080",
                "1.95.0",
                "nUll",
                "yES",
                "spiffe://cluster.local/ns/a/sa/b",
                "1e999",
                "0x",
                "0b2",
                "2026-13-01",
                "2026-02-30",
                "1:75",
                "a:b",
                "<<",
                "12e",
                "--1",
                "-",
                "é",
                "a#b"
            })
    void whatIsAStringAnywayIsPlain(String text) throws IOException {
        assertThat(value(text)).isEqualTo(text.equals("-") ? "'-'" : text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    [::]:15008      | '[::]:15008'
                    *.example       | '*.example'
                    a: b            | 'a: b'
                    a #b            | 'a #b'
                    it's: so        | 'it''s: so'
                    ` a`            | ' a'
                    %a              | '%a'
                    @a              | '@a'
                    {}              | '{}'
                    ends:           | 'ends:'
                    """)
    void whatHasAMeaningIsInSingleQuotes(String text, String shown) throws IOException {
        assertThat(value(text)).isEqualTo(shown);
    }

    @Test
    void severalLinesAreABlock() throws IOException {
        assertThat(yaml("{\"a\": {\"b\": \"one\\ntwo\\n\", \"c\": \"one\\ntwo\"}}"))
                .isEqualTo("a:\n  b: |\n    one\n    two\n  c: |-\n    one\n    two\n\n");
    }

    @Test
    void longTextIsFoldedAndLongKeysAreNot() throws IOException {
        String words = "word" + " word".repeat(19);
        assertThat(yaml("{\"" + "k".repeat(129) + "\": \"" + words + "\"}"))
                .isEqualTo(
                        "? "
                                + "k".repeat(129)
                                + "\n: word"
                                + " word".repeat(15)
                                + "\n  word word word word\n\n");
        assertThat(yaml("{\"" + "k".repeat(128) + "\": 1}")).isEqualTo("k".repeat(128) + ": 1\n\n");
    }

    @Test
    void keysAreInNaturalOrder() {
        List<String> sorted =
                List.of(
                        "-",
                        "[x]",
                        "_",
                        "0",
                        "1",
                        "01",
                        "2",
                        "9",
                        "10",
                        "11a",
                        "100",
                        "443",
                        "15010",
                        "A",
                        "a",
                        "a-b",
                        "a.b",
                        "a_b",
                        "a1",
                        "a2",
                        "a10",
                        "a100",
                        "aB",
                        "ab",
                        "b",
                        "edns_payload_len",
                        "edns0");
        for (int seed = 0; seed < 50; seed++) {
            List<String> keys = new ArrayList<>(sorted);
            Collections.shuffle(keys, new Random(seed));
            keys.sort(YamlKeyOrder.ORDER);
            assertThat(keys).isEqualTo(sorted);
        }
    }

    @Test
    void keysThatGoInCirclesAreAllThere() throws IOException {
        StringBuilder json = new StringBuilder("{\"a\": 0");
        for (int i = 0; i < 400; i++) {
            json.append(", \"a1" + i + "\": 1, \"a1" + i + "b\": 1");
        }

        assertThat(yaml(json + "}").lines()).hasSize(802);
    }

    @Test
    void valuesOfEveryKind() throws IOException {
        assertThat(
                        yaml(
                                "{\"n\": null, \"t\": true, \"i\": -5, \"e\": [], \"o\": {}, \"l\":"
                                        + " [[1, [2]], {\"a\": [{}]}, null]}"))
                .isEqualTo(
                        """
                        e: []
                        i: -5
                        l:
                        - - 1
                          - - 2
                        - a:
                          - {}
                        - null
                        "n": null
                        o: {}
                        t: true

                        """);
    }
}
