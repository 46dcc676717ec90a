package gongkai.testnode;

import org.apache.lucene.analysis.*;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.cjk.*;
import org.apache.lucene.analysis.core.*;
import org.apache.lucene.analysis.miscellaneous.*;
import org.apache.lucene.analysis.ngram.*;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.apache.lucene.analysis.synonym.*;
import org.elasticsearch.Build;
import org.elasticsearch.Version;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.*;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.*;
import org.elasticsearch.rest.*;
import org.elasticsearch.xcontent.XContentBuilder;

import java.io.Reader;
import java.io.StringReader;
import java.util.*;
import java.util.function.*;
import java.util.regex.Pattern;

import static org.elasticsearch.plugins.AnalysisPlugin.requiresAnalysisSettings;

/** The few analysis pieces that live in the unpublished analysis-common module, over lucene-analysis-common; and GET /. */
public class AnalysisBasicsPlugin extends Plugin implements AnalysisPlugin, ActionPlugin {
    private volatile ClusterService clusterService;

    private static class Filter extends AbstractTokenFilterFactory {
        final UnaryOperator<TokenStream> f;
        final boolean synonymSafe;
        Filter(String name, boolean synonymSafe, UnaryOperator<TokenStream> f) {
            super(name);
            this.f = f;
            this.synonymSafe = synonymSafe;
        }
        @Override public TokenStream create(TokenStream in) { return f.apply(in); }
        @Override public TokenFilterFactory getSynonymFilter() {
            if (synonymSafe) return this;
            throw new IllegalArgumentException("Token filter [" + name() + "] cannot be used to parse synonyms");
        }
    }

    private static final class NormFilter extends Filter implements NormalizingTokenFilterFactory {
        NormFilter(String name, UnaryOperator<TokenStream> f) { super(name, true, f); }
    }

    private static AnalysisProvider<TokenFilterFactory> norm(BiFunction<Settings, TokenStream, TokenStream> f) {
        return (index, env, name, s) -> new NormFilter(name, in -> f.apply(s, in));
    }

    private static AnalysisProvider<TokenFilterFactory> plain(Predicate<Settings> synonymSafe, BiFunction<Settings, TokenStream, TokenStream> f) {
        return (index, env, name, s) -> new Filter(name, synonymSafe.test(s), in -> f.apply(s, in));
    }

    @Override public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> m = new TreeMap<>();
        m.put("cjk_width", norm((s, in) -> new CJKWidthFilter(in)));
        m.put("lowercase", norm((s, in) -> new LowerCaseFilter(in)));
        m.put("uppercase", norm((s, in) -> new UpperCaseFilter(in)));
        m.put("asciifolding", norm((s, in) -> new ASCIIFoldingFilter(in, s.getAsBoolean("preserve_original", false))));
        m.put("decimal_digit", norm((s, in) -> new DecimalDigitFilter(in)));
        m.put("truncate", plain(s -> true, (s, in) -> new TruncateTokenFilter(in, s.getAsInt("length", -1))));
        m.put("trim", norm((s, in) -> new TrimFilter(in)));
        m.put("unique", plain(s -> true, (s, in) -> new RemoveDuplicatesTokenFilter(in)));
        m.put("length", plain(s -> true, (s, in) -> new LengthFilter(in, s.getAsInt("min", 0), s.getAsInt("max", Integer.MAX_VALUE))));
        m.put("cjk_bigram", plain(s -> !s.getAsBoolean("output_unigrams", false), AnalysisBasicsPlugin::bigram));
        m.put("edge_ngram", plain(s -> false, (s, in) -> new EdgeNGramTokenFilter(in, s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2), s.getAsBoolean("preserve_original", false))));
        m.put("ngram", plain(s -> false, (s, in) -> new NGramTokenFilter(in, s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2), s.getAsBoolean("preserve_original", false))));
        m.put("synonym", requiresAnalysisSettings((i, env, name, s) -> new Synonyms(name, env, s, false)));
        m.put("synonym_graph", requiresAnalysisSettings((i, env, name, s) -> new Synonyms(name, env, s, true)));
        return m;
    }

    private static TokenStream bigram(Settings s, TokenStream in) {
        int scripts = CJKBigramFilter.HAN | CJKBigramFilter.HIRAGANA | CJKBigramFilter.KATAKANA | CJKBigramFilter.HANGUL;
        for (String ignored : s.getAsList("ignored_scripts")) {
            scripts &= ~switch (ignored) {
                case "han" -> CJKBigramFilter.HAN;
                case "hiragana" -> CJKBigramFilter.HIRAGANA;
                case "katakana" -> CJKBigramFilter.KATAKANA;
                case "hangul" -> CJKBigramFilter.HANGUL;
                default -> throw new IllegalArgumentException("unknown script [" + ignored + "]");
            };
        }
        return new CJKBigramFilter(in, scripts, s.getAsBoolean("output_unigrams", false));
    }

    /** synonym / synonym_graph in Solr format, parsed with the chain that precedes the filter. */
    private static final class Synonyms extends AbstractTokenFilterFactory {
        final Environment env;
        final Settings s;
        final boolean graph;
        Synonyms(String name, Environment env, Settings s, boolean graph) {
            super(name);
            this.env = env;
            this.s = s;
            this.graph = graph;
        }
        @Override public TokenStream create(TokenStream in) { throw new IllegalStateException("needs its analysis chain first"); }
        @Override public TokenFilterFactory getChainAwareTokenFilterFactory(IndexCreationContext ctx, TokenizerFactory tokenizer,
            List<CharFilterFactory> charFilters, List<TokenFilterFactory> previous, Function<String, TokenFilterFactory> all) {
            Analyzer chain = new CustomAnalyzer(tokenizer, charFilters.toArray(CharFilterFactory[]::new),
                previous.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new));
            List<String> rules = Analysis.getWordList(env, s, "synonyms");
            if (rules == null) throw new IllegalArgumentException("synonym requires either `synonyms` or `synonyms_path` to be configured");
            try {
                boolean lenient = s.getAsBoolean("lenient", false), expand = s.getAsBoolean("expand", true);
                SolrSynonymParser parser = new SolrSynonymParser(true, expand, chain);
                for (String rule : rules) {
                    try {
                        parser.parse(new StringReader(rule));
                    } catch (java.text.ParseException | IllegalArgumentException e) {
                        if (!lenient) throw e;
                    }
                }
                SynonymMap map = parser.build();
                return new Filter(name(), false, in -> map.fst == null ? in
                    : graph ? new SynonymGraphFilter(in, map, false) : new SynonymFilter(in, map, false));
            } catch (Exception e) {
                throw new IllegalArgumentException("failed to build synonyms", e);
            }
        }
        @Override public TokenFilterFactory getSynonymFilter() { return IDENTITY_FILTER; }
    }

    private record CharFilter(String name, UnaryOperator<Reader> f) implements NormalizingCharFilterFactory {
        @Override public Reader create(Reader in) { return f.apply(in); }
    }

    @Override public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        return Map.of(
            "html_strip", (i, env, name, s) -> new CharFilter(name, HTMLStripCharFilter::new),
            "pattern_replace", requiresAnalysisSettings((i, env, name, s) -> {
                Pattern p = Pattern.compile(s.get("pattern"));
                return new CharFilter(name, in -> new PatternReplaceCharFilter(p, s.get("replacement", ""), in));
            }),
            "mapping", requiresAnalysisSettings((i, env, name, s) -> {
                List<String> rules = Analysis.getWordList(env, s, "mappings");
                if (rules == null) throw new IllegalArgumentException("mapping requires either `mappings` or `mappings_path` to be configured");
                NormalizeCharMap.Builder b = new NormalizeCharMap.Builder();
                for (String rule : rules) {
                    int at = rule.lastIndexOf("=>");
                    if (at < 0) throw new IllegalArgumentException("Invalid Mapping Rule : [" + rule + "]");
                    b.add(unescape(rule.substring(0, at).trim()), unescape(rule.substring(at + 2).trim()));
                }
                NormalizeCharMap map = b.build();
                return new CharFilter(name, in -> new MappingCharFilter(map, in));
            }));
    }

    private static String unescape(String s) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '\\' && ++i < s.length()) {
                c = s.charAt(i);
                switch (c) {
                    case 'n' -> c = '\n';
                    case 't' -> c = '\t';
                    case 'r' -> c = '\r';
                    case 'u' -> { c = (char) Integer.parseInt(s.substring(i + 1, i + 5), 16); i += 4; }
                    default -> { }
                }
            }
            out.append(c);
        }
        return out.toString();
    }

    private static AnalysisProvider<TokenizerFactory> tokenizer(Function<Settings, Tokenizer> f) {
        return (i, env, name, s) -> TokenizerFactory.newFactory(name, () -> f.apply(s));
    }

    @Override public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of(
            "keyword", tokenizer(s -> new KeywordTokenizer(s.getAsInt("buffer_size", 256))),
            "whitespace", tokenizer(s -> new WhitespaceTokenizer()),
            "letter", tokenizer(s -> new LetterTokenizer()),
            "ngram", tokenizer(s -> new NGramTokenizer(s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2))),
            "edge_ngram", tokenizer(s -> new EdgeNGramTokenizer(s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2))));
    }

    private static AnalysisProvider<AnalyzerProvider<? extends Analyzer>> analyzer(BiFunction<Environment, Settings, Analyzer> f) {
        return (i, env, name, s) -> {
            Analyzer a = f.apply(env, s);
            return new AbstractIndexAnalyzerProvider<>(name) {
                @Override public Analyzer get() { return a; }
            };
        };
    }

    @Override public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of(
            "cjk", analyzer((env, s) -> new CJKAnalyzer(Analysis.parseStopWords(env, s, CJKAnalyzer.getDefaultStopSet()))),
            "simple", analyzer((env, s) -> new SimpleAnalyzer()),
            "whitespace", analyzer((env, s) -> new WhitespaceAnalyzer()),
            "stop", analyzer((env, s) -> new StopAnalyzer(Analysis.parseStopWords(env, s, org.apache.lucene.analysis.en.EnglishAnalyzer.ENGLISH_STOP_WORDS_SET))));
    }

    // ---- GET / (module rest-root is unpublished too; elasticsearch-py's info() and ping() need it)

    @Override public Collection<?> createComponents(PluginServices services) {
        clusterService = services.clusterService();
        return List.of();
    }

    @Override public Collection<RestHandler> getRestHandlers(RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new BaseRestHandler() {
            @Override public String getName() { return "root_action"; }
            @Override public List<Route> routes() { return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/")); }
            @Override protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
                return channel -> {
                    Build build = Build.current();
                    XContentBuilder b = channel.newBuilder().prettyPrint().startObject();
                    b.field("name", clusterService.getNodeName());
                    b.field("cluster_name", clusterService.getClusterName().value());
                    b.field("cluster_uuid", clusterService.state().metadata().clusterUUID());
                    b.startObject("version").field("number", build.qualifiedVersion()).field("build_flavor", build.flavor());
                    b.field("build_type", build.type().displayName()).field("build_hash", build.hash()).field("build_date", build.date());
                    b.field("build_snapshot", build.isSnapshot()).field("lucene_version", org.apache.lucene.util.Version.LATEST.toString());
                    b.field("minimum_wire_compatibility_version", build.minWireCompatVersion());
                    b.field("minimum_index_compatibility_version", build.minIndexCompatVersion()).endObject();
                    b.field("tagline", "You Know, for Search").endObject();
                    channel.sendResponse(new RestResponse(RestStatus.OK, b));
                };
            }
        });
    }
}
