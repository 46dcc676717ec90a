"""Configuration: one frozen typed object, read once at start.

A missing, unknown or malformed key stops the start with a sentence that names it; secrets have no default.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "GONGKAI_"
UNPREFIXED = {"DATABASE_URL": "database_url", "REDIS_URL": "redis_url", "PORT": "port"}
RUN_ONLY = {"GONGKAI_DATA"}
NO_EMBEDDER = "none"
LEAST_SECRET = 32
_SERVER = r"https?://[^,/\s]+:[0-9]{1,5}(/[^,\s]*)?"
_WRONG = {
    "missing": "没有填写",
    "extra_forbidden": "没有这个配置项，请核对拼写",
    "string_too_short": "内容过短，至少{min_length}个字符",
    "int_parsing": "应为整数",
    "bool_parsing": "应为true或false",
    "greater_than_equal": "不能小于{ge}",
    "less_than_equal": "不能大于{le}",
    "string_pattern_mismatch": "格式有误",
    "literal_error": "只能是{expected}",
}


class ConfigurationError(Exception):
    """The environment does not describe a deployment that can start; the message names each key."""


class Settings(BaseModel):
    """What a deployment must say about itself.

    Attributes:
        mode: `production`, or `embedded` (PostgreSQL and jobs in one process; development and small offices).
        database_url: SQLAlchemy address for the role `gongkai_app`; never the owner's.
        secret_key: signs sessions and tokens, at least 32 characters.
        password_salt: Flask-Security's salt for tokens, at least 16 characters.
        data_directory: folder for attachments and reports.
        redis_url: RQ's store; empty in embedded mode.
        base_url: public address, without a trailing slash.
        clamd: ClamAV daemon that scans what is uploaded, `host:port` or the path of its socket; empty scans nothing.
        smtp_url: `smtp://user:password@host:port`; empty writes mails to `data_directory/mail`.
        secure_cookies: off only when serving plain HTTP on loopback.
        trusted_proxies: reverse proxies in front of the web process, whose `X-Forwarded-For` and `X-Forwarded-Proto`
            are believed; 0 takes the address of the connection.
        collection_inbox: folder with one folder a unit code, where other systems put files to be collected; without
            one, `inbox` in `data_directory`.
        collection_private_addresses: whether sources may lie in the internal network.
        elasticsearch_url: address of the search server, several nodes separated by commas; empty searches in the
            database alone. `elasticsearch_user` with `elasticsearch_password`, or `elasticsearch_api_key`, and
            `elasticsearch_ca_file` for a server with a certificate of an own authority.
        elasticsearch_prefix: the name that is searched there; every index begins with it.
        embedder: what turns texts into vectors, so that the search finds by meaning too: `none`, `local` (the model of
            the extra `meaning`), or the address of an endpoint like OpenAI's `/v1/embeddings`, which is asked for
            `embedder_model` with `embedder_key`.
        searches_per_minute: searches and requests to the public interface that one visitor may make; 0 sets no limit.
        linkcheck: whether links in public items are asked for over the network; `linkcheck_inner_hosts` are hosts by
            exact name, parted by commas, that may have private addresses, `linkcheck_ports` those beside 80 and 443.
        alert_webhook_url: address of the office's gateway for short messages, which is handed what is new for people
            with a telephone number, signed with `alert_webhook_secret`; empty hands nothing over.
        pdf_converter: path of LibreOffice's `soffice`, with which official documents are offered as PDF; empty offers
            none.
        intake_folder: folder watched for packages of document systems, one folder below it for each key; empty
            watches none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["production", "embedded"] = "production"
    database_url: str = Field(min_length=1)
    secret_key: str = Field(min_length=32)
    password_salt: str = Field(min_length=16)
    data_directory: Path
    redis_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    clamd: str = Field(default="", pattern=r"^(|/.+|[^/]+:[0-9]{1,5})$")
    mail_from: str = "noreply@localhost"
    port: int = Field(default=8000, ge=1, le=65535)
    secure_cookies: bool = True
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    session_minutes: int = Field(default=120, ge=5, le=1440)
    collection_inbox: Path | None = None
    collection_private_addresses: bool = False
    upload_limit_bytes: int = Field(default=50 * 1024 * 1024, ge=1024)
    password_hash_cost: Literal["full", "low"] = "full"
    alert_webhook_url: str = Field(default="", pattern=r"^(|https?://[^\s/@]+(/\S*)?)$")
    alert_webhook_secret: str = ""
    intake_folder: str = ""
    pdf_converter: str = ""
    linkcheck: bool = False
    linkcheck_inner_hosts: str = Field(default="", pattern=r"^[^\s/@]*$")
    linkcheck_ports: str = Field(default="", pattern=r"^(|[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*)$")
    searches_per_minute: int = Field(default=120, ge=0)
    elasticsearch_url: str = Field(default="", pattern=rf"^(|{_SERVER}(,{_SERVER})*)$")
    elasticsearch_user: str = ""
    elasticsearch_password: str = ""
    elasticsearch_api_key: str = ""
    elasticsearch_ca_file: str = ""
    elasticsearch_prefix: str = Field(default="gongkai", pattern=r"^[a-z][a-z0-9_-]{0,60}$")
    embedder: str = Field(default=NO_EMBEDDER, pattern=r"^(none|local|https?://\S+)$")
    embedder_model: str = ""
    embedder_key: str = ""
    log_format: Literal["json", "console"] = "json"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables `GONGKAI_*`, `DATABASE_URL`, `REDIS_URL` and `PORT`.

    Raises:
        ConfigurationError: naming every missing, unknown or malformed key.
    """
    values: dict[str, str] = {}
    for key, value in environ.items():
        if key in UNPREFIXED:
            values[UNPREFIXED[key]] = value
        elif key.startswith(PREFIX) and key not in RUN_ONLY:
            values[key.removeprefix(PREFIX).lower()] = value
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        lines = [f"{_key_name(str(e['loc'][0]))}：{_words(e['type'], e.get('ctx', {}))}" for e in error.errors()]
        raise ConfigurationError("配置有误，无法启动：\n  " + "\n  ".join(lines)) from error
    if settings.mode == "production" and not settings.redis_url:
        raise ConfigurationError("配置有误，无法启动：\n  REDIS_URL：生产环境必须填写任务队列（Redis或Valkey）的地址")
    if settings.alert_webhook_url and len(settings.alert_webhook_secret) < LEAST_SECRET:
        raise ConfigurationError(
            "配置有误，无法启动：\n  GONGKAI_ALERT_WEBHOOK_SECRET：填写了短信网关地址的，密钥至少32个字符"
        )
    if "://" in settings.embedder and not settings.embedder_model:
        raise ConfigurationError("配置有误，无法启动：\n  GONGKAI_EMBEDDER_MODEL：使用向量服务时必须填写模型名称")
    return settings


def _words(kind: str, limits: Mapping[str, Any]) -> str:
    """What is wrong with a value, by pydantic's name for it; the value may be a secret and is not repeated."""
    shown = {key: str(value).replace(" or ", "、") for key, value in limits.items()}
    return _WRONG.get(kind, "填写的值无效").format_map(shown)


def _key_name(field: str) -> str:
    for key, name in UNPREFIXED.items():
        if name == field:
            return key
    return PREFIX + field.upper()
